import { afterAll, beforeAll, expect, test } from "vitest";
import { createSignerClient, type SignerClient } from "../../../chain/signerClient/index.ts";
import { sampleRequest } from "../../signer/samples.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";

/** What a packet can have that no attestor signs, asked of the signing daemon itself. */
let world: SignerWorld;
let client: SignerClient;
beforeAll(async () => {
  world = await createSignerWorld();
  await world.start();
  client = createSignerClient(await world.client("chain-a"));
});
afterAll(async () => {
  client.close();
  await world.close();
});

test("a packet that it can sign is approved", async () => {
  expect(await client.attest(sampleRequest({ sequence: 1n }))).toMatchObject({ outcome: "approved" });
});

test("a version that the route does not know is its no, with the field named", async () => {
  expect(await client.attest(sampleRequest({ sequence: 2n, version: 9 }))).toMatchObject({
    outcome: "denied",
    reason: { code: "denied", text: expect.stringMatching(/packet\.version is not a version that this route knows/) },
  });
});

test.each([
  ["an amount over 128 bits", { message: { amount: 2n ** 128n } }, /^packet\.message\.amount: /],
  ["a sequence over 64 bits", { sequence: 2n ** 64n }, /^packet\.sequence: /],
  ["an empty receiver", { message: { receiverAddress: "" } }, /^packet\.message\.receiver_address: /],
])("%s is what nobody can sign, with the field named, alone and among others", async (_what, changes, text) => {
  const expected = { outcome: "denied", reason: { code: "invalid_field", text: expect.stringMatching(text) } };
  expect(await client.attest(sampleRequest({ sequence: 3n, ...changes }))).toMatchObject(expected);
  const answers = await Promise.all([
    client.attest(sampleRequest({ sequence: 1n })),
    client.attest(sampleRequest({ sequence: 3n, ...changes })),
    client.attest(sampleRequest({ sequence: 4n })),
  ]);
  expect(answers).toMatchObject([{ outcome: "approved" }, expected, { outcome: "approved" }]);
});
