import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { PinnedClient } from "../../../shared/tls/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { verifyAudit, verifyLedger } from "../../../signer/index.ts";
import { untilTrue } from "../audit/untilTrue.ts";
import { sampleRequest } from "../samples.ts";
import { askedTooEarly } from "../syncOrder/syncOrder.ts";
import { startWatchedSigner, type WatchedSigner } from "../syncOrder/watchedSigner.ts";

const limit = path.join(import.meta.dirname, "limitPages.ts");

let signer: WatchedSigner;
let client: PinnedClient;

beforeEach(async () => {
  signer = await startWatchedSigner({ NODE_OPTIONS: `--import=${limit}` });
  client = await signer.world.client("chain-a", await signer.process.ready());
});
afterEach(() => signer.close());

async function ask(sequence: bigint) {
  const answer = await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest({ sequence })));
  const { attestation, code, rule } = answer.body as { attestation?: object; code?: string; rule?: string };
  return { status: answer.status, attestation, code, rule };
}

/** The disk fills up, or gets room again. */
async function turn(words: string): Promise<void> {
  signer.process.signal("SIGUSR2");
  await untilTrue(() => signer.process.printed().includes(words));
}

it("signs nothing while the disk is full, says so, and goes on by itself when there is room", {
  timeout: 120_000,
}, async () => {
  expect(await ask(1n)).toMatchObject({ status: 200 });
  expect(await signer.process.readiness()).toEqual({ ready: true, reasons: [] });

  await turn("the disk is full");
  const refused: bigint[] = [];
  for (let sequence = 2n; refused.length < 10; sequence += 1n) {
    const { status, attestation, code, rule } = await ask(sequence);
    if (status === 200) continue; // some still fit into pages in use
    expect({ status, attestation, code, rule }).toEqual({
      status: 503,
      attestation: undefined,
      code: "failed",
      rule: "ledger",
    });
    refused.push(sequence);
  }
  // a checkpoint that still fits may make the latest commit a good one, until the next is not
  const full = { ready: false, reasons: ["the ledger cannot be used: SQLITE_FULL"] };
  await vi.waitFor(
    async () => {
      expect(await ask(refused[0] ?? 0n)).toMatchObject({ status: 503 });
      expect(await signer.process.readiness()).toEqual(full);
    },
    { timeout: 30_000 },
  );

  await turn("the disk has room");
  for (const sequence of refused) expect(await ask(sequence)).toMatchObject({ status: 200 });
  expect(await signer.process.readiness()).toEqual({ ready: true, reasons: [] });

  const { events, file, checkpoints } = await signer.stop();
  expect(askedTooEarly(events, file, checkpoints)).toEqual([]);
  const ledger = path.join(signer.world.folder, "ledger.sqlite");
  expect(verifyLedger(ledger)).toMatchObject({ signing: 0, problems: [] });
  expect(verifyAudit(ledger).problems).toEqual([]);
});
