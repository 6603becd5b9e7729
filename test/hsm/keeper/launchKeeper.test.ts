import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { launchKeeper } from "../../../hsm/keeper/launchKeeper.ts";
import { recordLog } from "../support/keepers.ts";

let folder: string;
let socket: string;
let server: Server;

/** A supervisor that takes connections and says nothing, as one that was stopped does. */
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "silent-"));
  socket = path.join(folder, "socket");
  server = createServer();
  server.listen(socket);
  await once(server, "listening");
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const launch = (signal: AbortSignal) =>
  launchKeeper(
    {
      ...{ socket, keys: [], stateFolder: folder, sessions: 1, callDeadlineMs: 1_000 },
      ...{ environment: {}, logger: recordLog().logger },
    },
    signal,
  );

describe("the start of a keeper of which its supervisor says nothing", () => {
  it("ends when the daemon stops: nobody waits for the supervisor's deadline", async () => {
    const stop = new AbortController();
    const connected = once(server, "connection") as Promise<[Socket]>;
    const launched = launch(stop.signal);
    const [connection] = await connected;
    const began = performance.now();
    stop.abort();
    await expect(launched).rejects.toMatchObject({
      code: "keeper_unavailable",
      data: { reason: "the daemon stops" },
    });
    expect(performance.now() - began).toBeLessThan(5_000);
    connection.destroy();
  });

  it("is not begun where the daemon has stopped already", async () => {
    await expect(launch(AbortSignal.abort())).rejects.toMatchObject({ data: { reason: "the daemon stops" } });
  });
});
