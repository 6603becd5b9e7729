import { faultName } from "../shared/errors/index.ts";

/** What bounds an exchange. */
export interface Bounds {
  /** Longest time for it, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest answer that is read, in bytes. */
  readonly largestAnswer: number;
  /** Longest time that whoever answers can ask to be left alone, in seconds. */
  readonly longestRest: number;
  /** What all exchanges with one peer share; without it, each is bounded by itself alone. */
  readonly room?: AnswerRoom;
}

/** Room for answers that arrive at the same time: as many as are asked for, each just below its bound, would be too much. */
export interface AnswerRoom {
  /** Bytes that may still arrive. */
  left: number;
}

/** What a {@link TransportFault} says of an answer beyond its bound. */
export const answerTooLarge = "its answer is too large";

/** Why an exchange came to nothing, in words that quote nothing of the endpoint. */
export class TransportFault extends Error {
  override readonly name = "TransportFault";
  /** The HTTP status, where an answer came. */
  readonly status: number | undefined;
  /** How long whoever answers asks to be left alone, in seconds; 0 where it does not say. */
  readonly retryAfterSeconds: number;

  constructor(message: string, status?: number, retryAfterSeconds = 0) {
    super(message);
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/**
 * One HTTP request: one attempt, bounded in time and size, no redirect (it would hand the request to an endpoint that
 * nobody configured), ended at once by `stop`.
 *
 * @returns the body of an answer with status 200.
 * @throws TransportFault.
 */
export async function exchange(
  url: string,
  request: Pick<RequestInit, "method" | "headers" | "body">,
  bounds: Bounds,
  stop?: AbortSignal,
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(bounds.timeoutMs);
  try {
    const signal = stop ? AbortSignal.any([timeout, stop]) : timeout;
    const response = await fetch(url, { ...request, redirect: "manual", signal });
    const body = await boundedBody(response, bounds);
    if (response.status === 200) return body;
    throw new TransportFault(`HTTP ${response.status}`, response.status, restOf(response, bounds));
  } catch (error) {
    if (error instanceof TransportFault) throw error;
    throw new TransportFault(timeout.aborted ? "time-out" : networkFault(error));
  }
}

/** `Retry-After` in seconds (RFC 9110, section 10.2.3); a date there is not read. */
function restOf({ headers }: Response, { longestRest }: Bounds): number {
  const seconds = /^[0-9]{1,9}$/.exec(headers.get("retry-after") ?? "")?.[0];
  return Math.min(Number(seconds ?? 0), longestRest);
}

/** `fetch` wraps what happened; the cause has the system's code (ECONNREFUSED, ENOTFOUND). */
function networkFault(error: unknown): string {
  return faultName(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

async function boundedBody(response: Response, { largestAnswer, room }: Bounds): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (room) room.left -= chunk.length;
      if (size > largestAnswer || (room && room.left < 0)) throw new TransportFault(answerTooLarge);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    if (room) room.left += size;
  }
}
