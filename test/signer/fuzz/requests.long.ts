import { afterAll, beforeAll, describe, it } from "vitest";
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

describe("a signer that is sent anything at all", () => {
  it("attests what was asked for or refuses with a code that its description has", () =>
    fuzzAttestations(signer, 3_000));
  it("answers each request of a batch with a code that its description has", () => fuzzBatches(signer, 600));
  it("takes nothing odd for what a client holds", () => fuzzNewest(signer, 600));
  it("refuses operators too with a code that its description has", () => fuzzOperatorRequests(signer, 600));
});
