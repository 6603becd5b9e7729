import { SigningKey } from "ethers";
import { expect, it } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../../shared/ecdsa/index.ts";
import { requestForm, requestOf, sequenceText } from "./requests.ts";
import { type SampledAnswer, verifySample } from "./verifySample.ts";

const key = new SigningKey(`0x${"11".repeat(32)}`);
const signer = addressOfPublicKey(Buffer.from(key.publicKey.slice(2), "hex"));

function answerTo(number: number): SampledAnswer {
  const { packet } = requestOf(number, 2);
  const { digest } = digestScheme("verulink-evm").digestOf(packet, "white");
  return { number, destination: 2, attestation: { digest, signer, signature: key.sign(digest).serialized } };
}

it("counts signatures by an expected signer over the packets that were asked for", () => {
  expect(verifySample([answerTo(1), answerTo(2)], [signer])).toBe(2);
});

it("throws for another packet's signature, another packet's digest and another signer", () => {
  const [one, two] = [answerTo(1), answerTo(2)];
  const withSignature = { ...one, attestation: { ...one.attestation, signature: two.attestation.signature } };
  expect(() => verifySample([withSignature], [signer])).toThrow("not its signer's");
  expect(() => verifySample([{ ...one, number: 2 }], [signer])).toThrow("another digest");
  expect(() => verifySample([one], [])).toThrow("not its signer's");
});

it("writes a request once and changes only its sequences", () => {
  const form = requestForm([1, 2], true);
  const text = Buffer.from(form.with([7, 8])).toString("latin1");
  const [head = "", body = ""] = text.split("\r\n\r\n");
  expect(head).toContain("POST /v1/attestations/batch HTTP/1.1");
  expect(head).toContain(`content-length: ${body.length}`);
  const { requests } = JSON.parse(body) as { requests: { packet: { sequence: string } }[] };
  expect(requests.map(({ packet }) => packet.sequence)).toEqual([sequenceText(7), sequenceText(8)]);
  const again = Buffer.from(form.with([9, 10])).toString("latin1");
  expect(again).toBe(text.replace(sequenceText(7), sequenceText(9)).replace(sequenceText(8), sequenceText(10)));
});
