import { z } from "zod";
import { JsonNumber } from "../../shared/json/index.ts";
import { list, unsigned } from "../../shared/schema/index.ts";
import type { PinnedClient } from "../../shared/tls/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { type CollectorClient, failed, hintOf, readBody, unusable } from "./collectorClient.ts";

/** What Verulink's database service answers to a signature that it has already. */
const duplicate = "Duplicate packet";
const answerBody = z.object({ message: z.string().optional(), instance: z.string().min(1).max(128).optional() });
const unconfirmed = z.object({
  data: list(
    z.object({
      sourceChainId: unsigned(128),
      destChainId: unsigned(128),
      sequence: unsigned(64),
      height: unsigned(64).nullish(),
    }),
  )
    .nullable()
    .transform((data) => data ?? []),
});

/**
 * Speaks Verulink's database interface over a pinned connection: `POST {base}/signature`, twice, because there is no
 * read-back. Only the answer `Duplicate packet` shows that the signature is stored.
 *
 * @param base path in front of `/signature`, without a slash at its end.
 */
export function createVerulinkCollector(name: string, base: string, connection: PinnedClient): CollectorClient {
  const peer = `collector ${name}`;
  return {
    name,
    async deliver(attestation, requested = false) {
      const body = signatureOf(attestation);
      const path = `${base}/signature${requested ? "?unconfirmed=true" : ""}`;
      for (let posts = 0; posts < 2; posts += 1) {
        const answer = await connection.request("POST", path, body);
        if (answer.status !== 200 && answer.status !== 201) return failed(peer, answer);
        if (answerBody.safeParse(answer.body).data?.message === duplicate) return { outcome: "acknowledged" };
      }
      const text = `The ${peer} did not answer the second POST with "${duplicate}".`;
      return { outcome: "failed", reason: { code: "not_stored", text }, retryAfterMs: 0 };
    },
    async instance() {
      const answer = await connection.request("GET", base === "" ? "/" : base);
      return answerBody.safeParse(answer.body).data?.instance;
    },
    async requests(attestor) {
      const query = new URLSearchParams({ address: attestor, limit: "20" });
      const answer = await connection.request("GET", `${base}/unconfirmed?${query}`);
      if (answer.status !== 200) throw unusable(peer, answer);
      return readBody(peer, unconfirmed, answer).data.map(({ sourceChainId, destChainId, sequence, height }) => ({
        deployment: undefined,
        source: sourceChainId,
        destination: destChainId,
        sequence,
        height: hintOf(height),
      }));
    },
    close: () => connection.close(),
  };
}

/** Verulink's field `packetHash` carries the digest that is signed; `sequence` is a JSON number of up to 64 bits. */
function signatureOf({ packet, signature, verdict, signer, digest }: Attestation): Record<string, unknown> {
  return {
    sourceChainId: packet.source.chainId.toString(),
    destChainId: packet.destination.chainId.toString(),
    sequence: new JsonNumber(packet.sequence.toString()),
    signature,
    offChainAnalysis: verdict.result === "white",
    attestorSigner: signer,
    packetHash: digest,
  };
}
