import type { Keeper } from "../hsm/index.ts";
import { AttestorError } from "../shared/errors/index.ts";
import type { MonotonicClock } from "./gate/index.ts";

/** Longest that an answer may take, in milliseconds: a chain-service waits for 10 s by default, and then its wait was for nothing. */
const answerWithinMs = 8_000;

/** Most requests on their way at once: beyond that, what they hold in memory is the danger. */
const mostRequests = 4_096;

/**
 * How many of the latest signatures make up the pace. With fewer there is none: one hiccup, times a long queue, would refuse
 * what is signed in a moment.
 */
const samples = 64;

/** Longest that a client is told to wait, in seconds. */
const longestWait = 60;

/** A request's place among those that are on their way. */
export interface Place {
  /** Refuses it, if those before it would keep the key busy for too long; undefined if it will be signed in time. */
  readonly late: AttestorError<"overloaded"> | undefined;
  leave(): void;
}

/** How many requests are on their way to a signature, and how fast they are signed. */
export interface Load {
  /** @throws AttestorError `overloaded` if there is no room for any request, whatever it asks for. */
  enter(client: string): Place;
  inFlight(): number;
  /** The same keeper; how fast it signs is learned from its calls. */
  watch(keeper: Pick<Keeper, "attest">): Pick<Keeper, "attest">;
}

/**
 * Estimates the time until a new request is signed: the requests before it, at the pace of the latest signatures, and how
 * long none has come by now. Clients take turns, so no more of another client's requests are before it than of its own, and
 * one. The pace is the time from one signature to the next while more are waiting, which makes it
 * right for any number of HSM sessions; a signer with nothing to do learns nothing.
 */
export function createLoad(monotonic: Pick<MonotonicClock, "now">): Load {
  let requests = 0;
  /** By client; none is 0. */
  const requestsOf = new Map<string, number>();
  let calls = 0;
  let paceMs = 0;
  let seen = 0;
  /** When the latest call ended, or the first of those that run now began. */
  let latestMs = 0;

  function began(): void {
    if (calls === 0) latestMs = monotonic.now();
    calls += 1;
  }

  function ended(): void {
    calls -= 1;
    const nowMs = monotonic.now();
    if (calls > 0) {
      seen = Math.min(samples, seen + 1);
      paceMs += (nowMs - latestMs - paceMs) / seen;
    }
    latestMs = nowMs;
  }

  /** How many are signed before the next one of a client. */
  function before(client: string): number {
    const own = requestsOf.get(client) ?? 0;
    const others = requestsOf.size - (own > 0 ? 1 : 0);
    return Math.min(requests, own + (own + 1) * others);
  }

  function waitMs(client: string): number {
    const silence = calls > 0 ? monotonic.now() - latestMs : 0;
    return (seen < samples ? 0 : before(client) * paceMs) + silence;
  }

  function count(client: string, change: 1 | -1): void {
    requests += change;
    const now = (requestsOf.get(client) ?? 0) + change;
    if (now > 0) requestsOf.set(client, now);
    else requestsOf.delete(client);
  }

  return {
    enter(client) {
      const wait = waitMs(client);
      if (requests >= mostRequests) throw overloaded("too many requests are on their way", wait);
      const late = wait > answerWithinMs ? overloaded("the HSM has more to sign than it can in time", wait) : undefined;
      count(client, 1);
      return { late, leave: () => count(client, -1) };
    },
    inFlight: () => requests,
    watch: (keeper) => ({
      async attest(request) {
        began();
        try {
          return await keeper.attest(request);
        } finally {
          ended();
        }
      },
    }),
  };
}

function overloaded(reason: string, waitMs: number): AttestorError<"overloaded"> {
  const retryAfterSeconds = Math.min(longestWait, Math.max(1, Math.ceil(waitMs / 1_000)));
  return new AttestorError("overloaded", { reason, retryAfterSeconds });
}
