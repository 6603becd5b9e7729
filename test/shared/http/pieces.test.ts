import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createHttpService, listen } from "../../../shared/http/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { createPinnedServer } from "../../../shared/tls/index.ts";
import { createTestPki } from "../../support/pki.ts";
import { temporaryFolder } from "../temporaryFolder.ts";
import type { EagerPlan } from "./eagerClient.ts";

/** The main thread, kept from hearing that an answer was written. */
function busyFor(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

it("answers a client that sends its next request before the service hears that its large answer was written", async () => {
  const pki = await createTestPki(temporaryFolder());
  const identity = await pki.clientIdentity("eager");
  const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
  const service = createHttpService({
    logger,
    createServer: (handler) =>
      createPinnedServer(pki.serverIdentity, new Map([[identity.pin, "eager"]]), logger, handler),
  });
  onTestFinished(() => service.close());
  service.post("/", async () => {
    await new Promise(setImmediate); // as after a group commit
    process.nextTick(() =>
      process.nextTick(async () => {
        await Promise.resolve();
        busyFor(4);
      }),
    );
    return { text: "x".repeat(100_000) };
  });
  const port = await listen(service, { host: "127.0.0.1", port: 0 }, "listen.port");
  const client = fork(path.join(import.meta.dirname, "eagerClient.ts"), { serialization: "advanced" });
  const { certificate, key, peerAuthority } = identity;
  const plan: EagerPlan = {
    port,
    identity: { certificate, key, peerAuthority },
    pin: pki.serverIdentity.pin,
    requests: 20,
  };
  client.send(plan);
  const [said] = await once(client, "message");
  expect(said).toBe("answered");
});
