import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createFuzzedSigner,
  type FuzzedSigner,
  fuzzAttestations,
  fuzzBatches,
  fuzzNewest,
  fuzzOperatorRequests,
} from "./requests.ts";

let signer: FuzzedSigner;

beforeAll(async () => {
  signer = await createFuzzedSigner();
});
afterAll(() => signer.close());

describe("a signer that is sent anything at all", { timeout: 120_000 }, () => {
  it("attests what was asked for or refuses with a code that its description has", () => fuzzAttestations(signer, 300));
  it("answers each request of a batch with a code that its description has", () => fuzzBatches(signer, 100));
  it("takes nothing odd for what a client holds", () => fuzzNewest(signer, 100));
  it("refuses operators too with a code that its description has", () => fuzzOperatorRequests(signer, 100));

  it("goes on afterwards", async () => {
    const answer = await (await signer.world.client()).request("GET", "/v1/keys");
    expect(answer.status).toBe(200);
  });
});
