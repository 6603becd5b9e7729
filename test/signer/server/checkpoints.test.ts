import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { isSignedBy, parseCheckpoint } from "../../../signer/audit/index.ts";
import { clientSettings, createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import { testKey } from "../../support/testKeeper.ts";
import { untilTrue } from "../audit/untilTrue.ts";

let world: SignerWorld;
beforeAll(async () => {
  world = await createSignerWorld({
    async changePolicy(policy, pki) {
      const auditor = clientSettings("auditor", await pki.clientIdentity("auditor"), []);
      policy.clients.push({ ...auditor, schemes: [], operations: ["audit"] });
    },
  });
  await world.start();
});
afterAll(() => world.close());

const linesOf = () => {
  const file = path.join(world.folder, "checkpoints.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
};

it("gives the checkpoints that the file has to a client with the audit right, page by page", async () => {
  await untilTrue(() => linesOf().length === 1);
  const auditor = await world.client("auditor");
  const { status, body } = await auditor.request("GET", "/v1/audit/checkpoints");
  expect(status).toBe(200);
  const { ledger, checkpoints } = body as { ledger: string; checkpoints: Record<string, string>[] };
  expect(checkpoints.map((checkpoint) => JSON.stringify(checkpoint))).toEqual(linesOf());
  const checkpoint = parseCheckpoint(linesOf()[0] ?? "");
  expect(checkpoint.ledger).toBe(ledger);
  const auditKey = addressOfPublicKey(publicKeyFromHex(testKey(9).publicKey) ?? new Uint8Array());
  expect(isSignedBy(checkpoint, auditKey)).toBe(true);

  const later = await auditor.request("GET", `/v1/audit/checkpoints?after=${checkpoint.size}`);
  expect(later.body).toEqual({ ledger, checkpoints: [] });
});

it("refuses everybody else, and a size that is none", async () => {
  const client = await world.client("chain-a");
  expect(await client.request("GET", "/v1/audit/checkpoints")).toMatchObject({
    status: 403,
    body: { code: "denied", data: { rule: "client_rights" } },
  });
  const auditor = await world.client("auditor");
  expect(await auditor.request("GET", "/v1/audit/checkpoints?after=-1")).toMatchObject({ status: 400 });
  expect(await auditor.request("GET", "/v1/audit/checkpoints?before=1")).toMatchObject({ status: 400 });
});

it("lists no audit key among the keys that attest", async () => {
  const { body } = await (await world.client("auditor")).request("GET", "/v1/keys");
  expect((body as { keys: { name: string }[] }).keys.map(({ name }) => name)).toEqual(["to-one", "to-two"]);
});
