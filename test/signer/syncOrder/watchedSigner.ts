import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { checkpointDigest, formatKeyUri, parseKeyUri } from "../../../hsm/index.ts";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { parseCheckpoint } from "../../../signer/audit/checkpoint.ts";
import { compileShim } from "../../support/native/compileShim.ts";
import type { SignerWorld } from "../../support/signerWorld.ts";
import { untilTrue } from "../audit/untilTrue.ts";
import { createHsmWorld } from "../hsmWorld.ts";
import { sampleRequest } from "../samples.ts";
import { type SignerProcess, startSignerProcess } from "../signerProcess.ts";
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

/** What the shims saw of a signer. */
export interface Watched {
  readonly events: readonly ShimEvent[];
  /** The write-ahead log of its ledger. */
  readonly file: string;
  /** What the audit key signed. */
  readonly checkpoints: ReadonlySet<string>;
}

/** A signer process whose syncs and signatures are logged. */
export interface WatchedSigner {
  readonly world: SignerWorld;
  readonly process: SignerProcess;
  /** Ends it in good order, and reads what was seen since it was ready. */
  stop(): Promise<Watched>;
  close(): Promise<void>;
}

/**
 * Starts a signer process under the shims and has its clients show what they hold.
 *
 * @param environment more for the signer's process.
 */
export async function startWatchedSigner(environment: Record<string, string> = {}): Promise<WatchedSigner> {
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
  const syncLog = path.join(hsm.folder, "syncLog.so");
  compileShim("syncLog.c", syncLog, { EVENT_LOG: log, SYNC_DELAY_MS: syncDelayMs });
  const signer = startSignerProcess(world.configFile, { ...hsm.env, ...environment, LD_PRELOAD: syncLog });
  const close = async () => {
    if (!signer.hasEnded()) await signer.end("SIGKILL");
    await world.close();
    hsm.remove();
  };
  try {
    await world.showNothing([], await signer.ready());
  } catch (error) {
    await close();
    throw error;
  }
  const readyAt = process.hrtime.bigint();
  return {
    world,
    process: signer,
    close,
    async stop() {
      await untilTrue(() => existsSync(checkpointsOf(world)));
      const { code } = await signer.end("SIGTERM");
      if (code !== 0) throw new Error(`the signer stopped with ${code}: ${signer.printed()}`);
      const events = parseEvents(readFileSync(log, "utf8")).filter(
        (event) => event.kind !== "sign" || event.from > readyAt,
      );
      const lines = readFileSync(checkpointsOf(world), "utf8").trim().split("\n");
      const checkpoints = new Set(lines.map((line) => checkpointDigest(parseCheckpoint(line)).slice(2)));
      return { events, file: path.join(world.folder, "ledger.sqlite-wal"), checkpoints };
    },
  };
}

function checkpointsOf({ folder }: SignerWorld): string {
  return path.join(folder, "checkpoints.jsonl");
}

/** One life of a watched signer, with two clients that ask for the same packets at the same time. */
export async function watchSigner(
  environment: Record<string, string> = {},
): Promise<Watched & { readonly receipts: readonly Receipt[] }> {
  const signer = await startWatchedSigner(environment);
  try {
    const port = await signer.process.ready();
    const clients = await Promise.all(["chain-a", "chain-b"].map((name) => signer.world.client(name, port)));
    const asked = Array.from({ length: packets }, (_, n) => clients.map((client) => ask(client, BigInt(n + 1))));
    const receipts = await Promise.all(asked.flat());
    return { ...(await signer.stop()), receipts };
  } finally {
    await signer.close();
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
