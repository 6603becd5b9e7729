import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { z } from "zod";
import { type VerdictResult, verdictResults } from "../../../shared/digest/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import { type Packet, packetSchema, packetToWire } from "../../../shared/packet/index.ts";
import { check, unsigned } from "../../../shared/schema/index.ts";
import type { Publication, StandInBridge } from "./bridge.ts";

/** A packet with what the attestors signed for it. */
export interface Consumption {
  readonly packet: Packet;
  readonly verdict: VerdictResult;
  readonly signatures: readonly string[];
}

const publicationSchema = z.strictObject({
  destinationChainId: unsigned(128),
  destinationService: z.string(),
  destinationToken: z.string(),
  receiver: z.string(),
  sender: z.string(),
  amount: unsigned(128),
});

const consumptionSchema = z.strictObject({
  packet: packetSchema,
  verdict: z.enum(verdictResults),
  signatures: z.array(z.string()),
});

export function publicationText(publication: Publication): string {
  return stringifyJson(publication);
}

export function consumptionText({ packet, ...rest }: Consumption): string {
  return stringifyJson({ ...rest, packet: packetToWire(packet) });
}

/**
 * `POST /stand-in/publish` and `POST /stand-in/consume`: what users of a real chain do by signed transactions, which the
 * stand-in does not know.
 */
export function takeTransactions(bridge: StandInBridge, now: () => number) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (request.method !== "POST" || !request.url?.startsWith("/stand-in/")) return false;
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(stringifyJson(body));
    };
    try {
      const body = parseJson(await text(request));
      if (request.url === "/stand-in/publish") {
        const { sequence, block } = bridge.publish(check(publicationSchema, body, "publication"), now());
        answer(200, { sequence: `${sequence}`, timestamp: block.timestamp });
      } else {
        const { packet, verdict, signatures } = check(consumptionSchema, body, "consumption");
        answer(200, { height: bridge.consume(packet, verdict, signatures, now()).height });
      }
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      answer(error.status, { reason: "reason" in error.data ? error.data.reason : error.message });
    }
    return true;
  };
}
