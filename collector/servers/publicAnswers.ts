import { z } from "zod";
import { aleoNetworks } from "../../shared/aleo/index.ts";
import { hashText, schemeName, signatureText, verdictResults } from "../../shared/digest/index.ts";
import { packetSchema } from "../../shared/packet/index.ts";
import { integer, unsigned } from "../../shared/schema/index.ts";
import { custodyKinds } from "../../shared/wire/index.ts";
import { tallyStatuses } from "../tally.ts";

/** Forms of what readers get: what the documentation of the interface says of it, and what its tests hold answers against. */

const count = integer(0, 100);
const verdict = z.enum(verdictResults);

const summaryFields = {
  deployment: z.string().meta({ description: "Name of one pair of bridge contracts." }),
  packet: packetSchema,
  status: z.enum(tallyStatuses).meta({
    description:
      "`collecting`: signatures still come in. `quorum`: enough attestors signed one content with one verdict. `split`: they contradict each other, and no quorum can come any more.",
  }),
  verdict: verdict.nullable().meta({ description: "The verdict that reached quorum." }),
  quorum: z.strictObject({
    required: count,
    white: count,
    flagged: count,
    other: count.meta({ description: "Attestors that signed another content." }),
  }),
};

export const summaryAnswer = z.strictObject(summaryFields);

export const packetsAnswer = z.strictObject({
  packets: z.array(summaryAnswer),
  next: z.string().nullable().meta({ description: "What to give as `after` for the next page; null after the last." }),
});

const attestation = z.strictObject({
  deployment: z.string(),
  packet: packetSchema,
  verdict: z.strictObject({
    result: verdict,
    source: z.string().nullable(),
    version: z.string().nullable(),
    screenedAt: z.string().nullable(),
  }),
  sources: z.string().nullable().meta({ description: "`single`, or q-of-n: how many providers the attestor asked." }),
  scheme: schemeName,
  packetHash: hashText,
  digest: hashText.meta({ description: "What is signed." }),
  signature: signatureText.meta({ description: "r, s, v; low s; v 27 or 28. By an Aleo account: sign1…" }),
  signer: z.string(),
  assurance: z.string().meta({ description: "What vouches for the content: `claimed`, `agreed-K` or `proved`." }),
  custody: z.enum(custodyKinds).nullable(),
});

export const packetAnswer = z.strictObject({
  ...summaryFields,
  attestations: z.array(attestation).meta({ description: "In ascending order of the signers' addresses." }),
  call: z
    .discriminatedUnion("function", [
      z.strictObject({
        chainId: unsigned(128),
        to: z.string().meta({ description: "Address of the token service." }),
        function: z.literal("withdraw"),
        data: z.string().meta({ description: "Selector and arguments, in hex." }),
      }),
      z.strictObject({
        chainId: unsigned(128),
        network: z.enum(aleoNetworks),
        program: z.string().meta({ description: "The bridge's program, whose `consume` the token service calls." }),
        to: z.string().meta({ description: "Address of the token service's program." }),
        function: z.literal("consume"),
        inputs: z.array(z.string()).meta({
          description:
            "In order, as Aleo writes values: source chain, its token service, sequence, sender, token, amount, receiver, height, whether screening passed, five signatures, their five signers.",
        }),
      }),
      z.strictObject({
        chainId: unsigned(128),
        program: z.string().meta({ description: "Verulink's bridge program, which the token service calls." }),
        to: z.string().meta({ description: "Address of the token service's program." }),
        function: z.literal("token_receive"),
        inputs: z.array(z.string()).meta({
          description:
            "In order, as Aleo writes values: sender, token, receiver, amount, sequence, height, five signers, their five signatures, source chain, its token service.",
        }),
      }),
    ])
    .nullable()
    .meta({ description: "What anybody may send to the destination chain; null before quorum." }),
});

export const eventData = z.strictObject({ attestor: z.string(), ...summaryFields });

/** RFC 9457. */
export const problemAnswer = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: integer(400, 599),
  code: z.string(),
  detail: z.string().meta({ description: "A sentence for a person." }),
  data: z.record(z.string(), z.unknown()),
});
