import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeRunningHistory } from "../../../cli/operate/ledgerHistory.ts";
import type { SignerConnection } from "../../../cli/operate/signerConnection.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { verifyInterchange } from "../../../signer/index.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { sampleRequest } from "../samples.ts";

/** The ledger's history, read of a running signer that signs meanwhile. */
let world: SignerWorld;
beforeAll(async () => {
  world = await createSignerWorld();
  await world.start();
});
afterAll(() => world.close());

async function attest(from: bigint, count: number): Promise<void> {
  const client = await world.client("chain-a");
  const requests = Array.from({ length: count }, (_, index) =>
    attestationToWire(sampleRequest({ sequence: from + BigInt(index) })),
  );
  const { status } = await client.request("POST", "/v1/attestations/batch", { requests });
  expect(status).toBe(200);
}

/** The document that `attestor ledger export --operator` makes; `between` runs after each page. */
async function exported(between: () => Promise<unknown> = async () => {}): Promise<string> {
  const operator = world.operators[0]?.identity;
  if (!operator) throw new Error("an operator was expected");
  const client = await world.client(operator);
  const signer: SignerConnection = {
    async ask(form, ...request) {
      const { status, body } = await client.request(...request);
      expect(status).toBe(200);
      await between();
      return form.parse(body);
    },
  };
  let text = "";
  await writeRunningHistory(signer, (piece) => {
    text += piece;
  });
  return text;
}

it("is whole and proves itself: every signature that was released before it was asked for", async () => {
  expect(JSON.parse(await exported()).records).toEqual([]);
  await attest(1_000n, 256);
  await attest(1_256n, 44);
  let sequence = 0n;
  const text = await exported(() => attest(++sequence, 1));
  const file = path.join(world.folder, "history.json");
  writeFileSync(file, text);
  const { ledger, records } = verifyInterchange(file);
  expect(records).toBeGreaterThanOrEqual(300);
  const released: string[] = JSON.parse(text).records.map((each: { packet: { sequence: string }; release: object }) =>
    each.release === null ? "open" : String(each.packet.sequence),
  );
  expect(released).toEqual(expect.arrayContaining(Array.from({ length: 300 }, (_, index) => `${1_000 + index}`)));
  const { body } = await (await world.client(world.operators[0]?.identity)).request("GET", "/v1/status");
  expect((body as { ledger: string }).ledger).toBe(ledger);
});

it("is not put together from two starts of the signer", async () => {
  const answers = [
    { ledger: "ab".repeat(16), start: "1", at: "2026-11-27T00:00:00Z", watermarks: [], records: [], next: "a/1/2/3" },
    { ledger: "ab".repeat(16), start: "2", at: "2026-11-27T00:00:01Z", watermarks: [], records: [], next: null },
  ];
  const signer: SignerConnection = { ask: async (form) => form.parse(answers.shift()) };
  await expect(writeRunningHistory(signer, () => {})).rejects.toThrow("restarted meanwhile");
});

it("is for operators and auditors only, and begins where a page before it ended", async () => {
  const chain = await world.client("chain-a");
  expect(await chain.request("GET", "/v1/ledger/history")).toMatchObject({ status: 403, body: { code: "denied" } });
  const operator = await world.client(world.operators[0]?.identity);
  for (const after of ["", "local/1/2", "local/1/2/-3", `local/1/2/${"9".repeat(40)}`]) {
    const refused = await operator.request("GET", `/v1/ledger/history?after=${after}`);
    expect({ after, status: refused.status }).toEqual({ after, status: 400 });
  }
  const { body } = await operator.request("GET", "/v1/ledger/history?after=local/1/2/1298");
  expect(stringifyJson(body)).toContain('"sequence":"1299"');
  expect((body as { records: object[]; next: null }).records).toHaveLength(1);
});
