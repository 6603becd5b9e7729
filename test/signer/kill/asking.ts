import type { VerdictResult } from "../../../shared/digest/index.ts";
import type { AttestationRequest } from "../../../shared/wire/index.ts";
import type { Random } from "../../support/random.ts";
import { addresses, sampleRequest } from "../samples.ts";

/** What clients ask for: few packet ids at a time, so that they meet, and now and then a content that contradicts. */
export interface Asking {
  /** The next request of a client, which names itself as the screening source: that is never compared. */
  next(client: string): AttestationRequest;
  /** Another packet with the id of this one. */
  contradicting(request: AttestationRequest): AttestationRequest;
  /** To be asked again some time, because no answer came. */
  remember(request: AttestationRequest): void;
}

const ends = {
  one: { chainId: 1n, address: addresses.sourceService },
  two: { chainId: 2n, address: addresses.destinationService },
};

const directions = [
  { source: ends.one, destination: ends.two },
  { source: ends.two, destination: ends.one },
];

/** The first is what most clients say. */
const contents: readonly { readonly amount: bigint; readonly verdict: VerdictResult }[] = [
  ...Array(6).fill({ amount: 10n, verdict: "white" }),
  { amount: 10n, verdict: "flagged" },
  { amount: 11n, verdict: "white" },
  { amount: 11n, verdict: "flagged" },
];

export function createAsking(random: Random): Asking {
  const unanswered: AttestationRequest[] = [];
  const highest = new Map(directions.map((direction) => [direction, 1]));

  function sequenceOn(direction: (typeof directions)[number]): bigint {
    const newest = highest.get(direction) ?? 1;
    const choice = random.next();
    if (choice < 0.25) highest.set(direction, newest + 1);
    if (choice < 0.85) return BigInt(Math.max(1, newest - random.below(4)));
    return BigInt(1 + random.below(newest));
  }

  return {
    next(client) {
      if (unanswered.length > 0 && random.next() < 0.2) {
        const [again] = unanswered.splice(random.below(unanswered.length), 1);
        if (again) return again;
      }
      const direction = random.pick(directions);
      const { amount, verdict } = random.pick(contents);
      const request = sampleRequest({ ...direction, sequence: sequenceOn(direction), message: { amount } }, verdict);
      return { ...request, verdict: { ...request.verdict, source: client } };
    },
    contradicting: (request) => ({ ...request, packet: { ...request.packet, height: request.packet.height + 1n } }),
    remember: (request) => void unanswered.push(request),
  };
}
