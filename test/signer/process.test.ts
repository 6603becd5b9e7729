import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PinnedClient } from "../../shared/tls/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import { attestor } from "../support/attestor.ts";
import type { SignerWorld } from "../support/signerWorld.ts";
import type { SoftHsm } from "../support/softhsm.ts";
import { createHsmWorld } from "./hsmWorld.ts";
import { sampleRequest } from "./samples.ts";
import { type SignerProcess, startSignerProcess } from "./signerProcess.ts";

let hsm: SoftHsm;
let world: SignerWorld;
let running: SignerProcess | undefined;

beforeAll(async () => {
  ({ hsm, world } = await createHsmWorld());
});
afterEach(async () => {
  await running?.end("SIGKILL");
  running = undefined;
});
afterAll(async () => {
  await world.close();
  hsm.remove();
});

/**
 * Starts the daemon as its own process and waits until it listens and its clients have shown what they hold.
 *
 * @param silent clients that show nothing.
 */
async function start(silent: readonly string[] = []): Promise<{ daemon: SignerProcess; client: PinnedClient }> {
  const daemon = startSignerProcess(world.configFile, hsm.env);
  running = daemon;
  const port = await daemon.ready();
  await world.showNothing(silent, port);
  return { daemon, client: await world.client("chain-a", port) };
}

/** The signature that a packet gets, or what came instead. */
async function signatureOf(client: PinnedClient, sequence: bigint): Promise<string> {
  const answer = await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest({ sequence })));
  const { attestation, code } = answer.body as { attestation?: { signature: string }; code?: string };
  return attestation?.signature ?? String(code);
}

describe("the signer's process", () => {
  it("gives no packet a second signature after kill -9 in the middle of its work", async () => {
    const before = await start();
    const received = new Map<bigint, string>();
    let asked = 0n;
    const askUntilKilled = async () => {
      while (!before.daemon.hasEnded()) {
        const sequence = ++asked;
        received.set(sequence, await signatureOf(before.client, sequence));
        if (received.size === 20) void before.daemon.end("SIGKILL");
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: 8 }, askUntilKilled));
    await before.daemon.end("SIGKILL");
    expect(workers.map(({ status }) => status)).toEqual(Array(8).fill("rejected"));
    expect(received.size).toBeLessThan(Number(asked));

    const after = await start();
    for (let sequence = 1n; sequence <= asked; sequence += 1n) {
      const signature = await signatureOf(after.client, sequence);
      expect(signature).toMatch(/^0x[0-9a-f]{130}$/);
      expect(received.get(sequence) ?? signature).toBe(signature);
    }
    expect(after.daemon.printed()).not.toContain(hsm.pin);
  });

  it("asks every client again after kill -9 while it waited for them", async () => {
    const clients = ["chain-a", "chain-b"];
    const starts: unknown[] = [];
    for (const silent of [["chain-b"], clients]) {
      const { daemon, client } = await start(silent);
      const answer = await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest()));
      expect(answer).toMatchObject({ status: 503, body: { rule: "newest", inputs: { missing: silent.join(", ") } } });
      starts.push((answer.body as { inputs: { start: string } }).inputs.start);
      await daemon.end("SIGKILL");
    }
    expect(new Set(starts).size).toBe(2);
  });

  it("ends with 0 on SIGTERM and takes its keeper with it", async () => {
    const { daemon } = await start();
    const { code } = await daemon.end("SIGTERM"); // resolves when the keeper has ended too
    expect(code).toBe(0);
    const lines = daemon.printed().trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).msg)).toContain("stopped");
  });

  it("refuses to run a second time beside itself", async () => {
    await start();
    const second = await attestor(["signer", "--config", world.configFile], { environment: hsm.env });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain("is in use by another process");
  });

  it("does not start with another key than the pinned one, and names both", async () => {
    const [one, two, ...others] = world.settings.keys as { publicKey: string }[];
    const file = path.join(world.folder, "mismatch.yaml");
    const keys = [{ ...one, publicKey: two?.publicKey }, { ...two, publicKey: one?.publicKey }, ...others];
    writeFileSync(file, JSON.stringify({ ...world.settings, keys }));
    const { code, stderr } = await attestor(["signer", "--config", file], { environment: hsm.env });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Key to-one: the configuration pins 0x.*, the HSM holds 0x/);
  });

  it("ends with 2 on a typing error in its configuration", async () => {
    const file = path.join(world.folder, "typo.yaml");
    writeFileSync(file, JSON.stringify({ ...world.settings, legder: "x" }));
    const { code, stderr } = await attestor(["signer", "--config", file], { environment: hsm.env });
    expect(code).toBe(2);
    expect(stderr).toContain("legder: is not a known key (did you mean ledger?)");
  });

  it("ends with 1 when its ledger is gone, and says how one is made", async () => {
    rmSync(path.join(world.folder, "ledger.sqlite"));
    const { code, stderr } = await attestor(["signer", "--config", world.configFile], { environment: hsm.env });
    expect(code).toBe(1);
    expect(stderr).toContain(`attestor ledger init --config ${world.configFile}`);
  });
});
