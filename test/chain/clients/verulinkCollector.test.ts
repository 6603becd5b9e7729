import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type CollectorClient, openCollector } from "../../../chain/delivery/index.ts";
import { createPinnedClient } from "../../../shared/tls/index.ts";
import { rejection } from "../../shared/refusal.ts";
import { createTestPki, type TestPki } from "../../support/pki.ts";
import { attestation, packet } from "../store/samples.ts";
import { startVerulinkDouble, type VerulinkDouble } from "../support/verulinkDouble.ts";

let pki: TestPki;
let database: VerulinkDouble;
let client: CollectorClient;
beforeAll(async () => {
  pki = await createTestPki();
  database = await startVerulinkDouble(pki, "/attest");
  const identity = await pki.clientIdentity("chain-service");
  const { url, pin } = database;
  const connection = createPinnedClient({ peer: "collector v", baseUrl: url, identity, pin, timeoutMs: 5_000 });
  client = openCollector({ name: "v", kind: "verulink", url: `${url}/attest/` }, connection);
});
beforeEach(() => {
  database.clear();
});
afterAll(async () => {
  client.close();
  await database.close();
  pki.remove();
});

const mine = attestation(packet(2n ** 64n - 1n));

test("posts what Verulink's chain-service posts, to the last digit, until it is known to be there", async () => {
  expect(await client.deliver(mine)).toEqual({ outcome: "acknowledged" });
  const body =
    `{"sourceChainId":"1","destChainId":"2","sequence":18446744073709551615,"signature":"${mine.signature}",` +
    `"offChainAnalysis":true,"attestorSigner":"${mine.signer}","packetHash":"${mine.digest}"}`;
  expect(database.bodies).toEqual([body, body]);
});

test("takes the first answer Duplicate packet for delivered", async () => {
  await client.deliver(mine);
  expect(await client.deliver(mine)).toEqual({ outcome: "acknowledged" });
  expect(database.bodies).toHaveLength(3);
});

test("does not count as delivered what the database forgets", async () => {
  database.forgets = true;
  expect(await client.deliver(mine)).toMatchObject({ outcome: "failed", reason: { code: "not_stored" } });
});

test.each([[500], [429], [404], [403]])("tries again after HTTP %i", async (status) => {
  database.status = status;
  expect(await client.deliver(mine)).toMatchObject({
    outcome: "failed",
    reason: { text: `The collector v answered HTTP ${status}.` },
  });
});

test("marks the answer to a missed-packet request as such", async () => {
  await client.deliver(mine, true);
  expect(database.queries).toEqual(["unconfirmed=true", "unconfirmed=true"]);
});

test("reads what it is asked for, also as Verulink writes an empty list", async () => {
  const asked = { sourceChainId: "1", destChainId: "2", sequence: 7, height: 0, transactionHash: "" };
  database.unconfirmed = [asked, { ...asked, sequence: 8, height: 99 }];
  const found = { deployment: undefined, source: 1n, destination: 2n };
  expect(await client.requests(mine.signer)).toEqual([
    { ...found, sequence: 7n, height: undefined },
    { ...found, sequence: 8n, height: 99 },
  ]);
  database.unconfirmed = null;
  expect(await client.requests(mine.signer)).toEqual([]);
  database.unconfirmed = [{ sequence: "many" }];
  await rejection("peer_answer_unusable", client.requests(mine.signer));
});

test("has no store to name", async () => {
  expect(await client.instance()).toBeUndefined();
  await database.close();
  await rejection("peer_unreachable", client.instance());
});
