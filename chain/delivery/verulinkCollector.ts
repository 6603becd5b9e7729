import { z } from "zod";
import { JsonNumber } from "../../shared/json/index.ts";
import type { PinnedClient } from "../../shared/tls/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import { type CollectorClient, failed } from "./collectorClient.ts";

/** What Verulink's database service answers to a signature that it has already. */
const duplicate = "Duplicate packet";
const answerBody = z.object({ message: z.string().optional(), instance: z.string().min(1).max(128).optional() });

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
    async deliver(attestation) {
      const body = signatureOf(attestation);
      for (let posts = 0; posts < 2; posts += 1) {
        const answer = await connection.request("POST", `${base}/signature`, body);
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
