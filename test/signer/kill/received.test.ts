import { SigningKey } from "ethers";
import { describe, expect, it } from "vitest";
import { digestScheme, type VerdictResult } from "../../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import { attestationToWire } from "../../../shared/wire/index.ts";
import { testKey } from "../../support/testKeeper.ts";
import { type PacketChanges, sampleRequest } from "../samples.ts";
import { collectReceived, type Received } from "./received.ts";

const signer = "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"; // of test key 1

function attested(packet: PacketChanges = {}, verdict: VerdictResult = "white", key = 1) {
  const request = sampleRequest(packet, verdict);
  const digests = digestScheme("verulink-evm").digestOf(request.packet, verdict);
  const { serialized: signature } = new SigningKey(testKey(key).privateKey).sign(digests.digest);
  const made = { scheme: "verulink-evm", signature, signer, assurance: "claimed", custody: "hsm" };
  return { request, attestation: { ...attestationToWire(request), ...digests, ...made } };
}

const overWire = (value: object) => parseJson(stringifyJson(value));

const collector = () => collectReceived(new Map([[2n, signer]]));

/** What is wrong with getting this attestation for that request. */
function take(received: Received, request: ReturnType<typeof attested>["request"], attestation: object, code?: string) {
  const body = overWire({ attestation, ...(code ? { code } : {}) });
  received.answer(request, { status: code ? 403 : 200, retryAfterSeconds: undefined, body });
  return received.violations;
}

describe("the judge of what clients received", () => {
  it("has nothing to say of the same attestation however often, also to another verdict's request", () => {
    const received = collector();
    const { request, attestation } = attested();
    take(received, request, attestation);
    take(received, request, attestation);
    take(received, attested({}, "flagged").request, attestation, "verdict_already_given");
    received.read({ status: 200, retryAfterSeconds: undefined, body: overWire({ attestation }) });
    expect(received.violations).toEqual([]);
    expect(received.counts).toEqual({ approved: 2, verdict_already_given: 1, read: 1 });
  });

  it.each([
    ["another packet", attested({ message: { amount: 11n } })],
    ["another verdict", attested({}, "flagged")],
  ])("sees a second attestation of the same id for %s", (_what, other) => {
    const received = collector();
    const { request, attestation } = attested();
    take(received, request, attestation);
    expect(take(received, other.request, other.attestation)).toContain("packet 1/2/7 got two attestations");
  });

  it("sees a second signature over the same digest", () => {
    const received = collector();
    const { request, attestation } = attested();
    take(received, request, attestation);
    const signature = attested({}, "white", 2).attestation.signature;
    expect(take(received, request, { ...attestation, signature })).toEqual([
      "packet 1/2/7 got two attestations",
      "packet 1/2/7 got a signature that is not by its key",
    ]);
  });

  it("sees a digest that is another content's", () => {
    const { request, attestation } = attested();
    const { digest, signature } = attested({}, "flagged").attestation;
    expect(take(collector(), request, { ...attestation, digest, signature })).toEqual([
      "packet 1/2/7 got a digest that is not that of its content",
    ]);
  });

  it("sees the attestation of something else than was asked, and a refusal that nobody expects", () => {
    const { request, attestation } = attested();
    expect(take(collector(), attested({ sequence: 8n }).request, attestation)).toHaveLength(1);
    expect(take(collector(), request, attestation, "equivocation")).toHaveLength(1);
    const received = collector();
    received.answer(request, { status: 500, retryAfterSeconds: undefined, body: { code: "internal" } });
    expect(received.violations).toHaveLength(1);
  });
});
