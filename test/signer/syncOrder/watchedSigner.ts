import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkpointDigest, formatKeyUri, parseKeyUri } from "../../../hsm/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { parseCheckpoint } from "../../../signer/audit/checkpoint.ts";
import { compileShim } from "../../support/native/compileShim.ts";
import type { SignerWorld } from "../../support/signerWorld.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import { untilTrue } from "../audit/untilTrue.ts";
import { createHsmWorld } from "../hsmWorld.ts";
import { sampleRequest } from "../samples.ts";
import { startSignerProcess } from "../signerProcess.ts";
import { parseEvents, type ShimEvent } from "./events.ts";

/** How much longer each sync takes than it does: an order that holds by luck does not hold then. */
const syncDelayMs = 5;
const packets = 60;

/** An attestation that a client got, and when. */
export interface Receipt {
  readonly digest: string;
  /** 64 digits of the signature: its r. */
  readonly signature: string;
  readonly at: bigint;
}

/** What the shims saw of one life of a signer, from the moment when it was ready. */
export interface Watched {
  readonly events: readonly ShimEvent[];
  /** The write-ahead log of its ledger. */
  readonly file: string;
  /** What the audit key signed. */
  readonly checkpoints: ReadonlySet<string>;
  readonly receipts: readonly Receipt[];
}

/**
 * Runs a signer process under the shims, with two clients that ask for the same packets at the same time.
 *
 * @param environment more for the signer's process.
 */
export async function watchSigner(environment: Record<string, string> = {}): Promise<Watched> {
  let log = "";
  const { hsm, world } = await createHsmWorld({
    change(settings, token) {
      log = path.join(token.folder, "events");
      const module = compileShim("signLog.c", path.join(token.folder, "signLog.so"), {
        EVENT_LOG: log,
        REAL_MODULE: token.module,
      });
      for (const key of settings.keys) key.uri = formatKeyUri({ ...parseKeyUri(key.uri), module });
      Object.assign(settings.audit, { records: 10, interval: "1s" });
    },
  });
  try {
    const preloaded = compileShim("syncLog.c", path.join(hsm.folder, "syncLog.so"), {
      EVENT_LOG: log,
      SYNC_DELAY_MS: syncDelayMs,
    });
    const { readyAt, receipts } = await oneLife(world, hsm, { ...environment, LD_PRELOAD: preloaded });
    const events = parseEvents(readFileSync(log, "utf8")).filter(
      (event) => event.kind !== "sign" || event.from > readyAt,
    );
    const lines = readFileSync(checkpointsOf(world), "utf8").trim().split("\n");
    const checkpoints = new Set(lines.map((line) => checkpointDigest(parseCheckpoint(line)).slice(2)));
    return { events, file: path.join(world.folder, "ledger.sqlite-wal"), checkpoints, receipts };
  } finally {
    await world.close();
    hsm.remove();
  }
}

function checkpointsOf({ folder }: SignerWorld): string {
  return path.join(folder, "checkpoints.jsonl");
}

async function oneLife(world: SignerWorld, hsm: SoftHsm, environment: Record<string, string>) {
  const signer = startSignerProcess(world.configFile, { ...hsm.env, ...environment });
  try {
    const port = await signer.ready();
    await world.showNothing([], port);
    const readyAt = process.hrtime.bigint();
    const clients = [await world.client("chain-a", port), await world.client("chain-b", port)];
    const asked = Array.from({ length: packets }, (_, n) => clients.map((client) => ask(client, BigInt(n + 1))));
    const receipts = await Promise.all(asked.flat());
    await untilTrue(() => existsSync(checkpointsOf(world)));
    const { code } = await signer.end("SIGTERM");
    if (code !== 0) throw new Error(`the signer stopped with ${code}: ${signer.printed()}`);
    return { readyAt, receipts };
  } finally {
    if (!signer.hasEnded()) await signer.end("SIGKILL");
  }
}

async function ask(client: PinnedClient, sequence: bigint): Promise<Receipt> {
  const { packet, ...request } = sampleRequest({ sequence });
  const back = { ...packet, source: packet.destination, destination: packet.source };
  const { body } = await client.request("POST", "/v1/attestations", attestationToWire({ ...request, packet: back }));
  const at = process.hrtime.bigint();
  const { attestation } = body as { attestation: { digest: string; signature: string } };
  return { digest: attestation.digest.slice(2), signature: attestation.signature.slice(2, 66), at };
}
