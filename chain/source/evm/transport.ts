import { faultName } from "../../../shared/errors/index.ts";

/** Largest answer that is read, in bytes: a full range of packets stays far below. */
const largestAnswer = 32 * 1_048_576;

/** Why an exchange came to nothing, in words that quote nothing of the endpoint. */
export class TransportFault extends Error {
  override readonly name = "TransportFault";
}

/** What a provider said to one question: its result, or the error object that it answered. */
export type RpcReply = { readonly result: unknown } | { readonly error: unknown };

const contentType = { "content-type": "application/json" };

/**
 * A JSON-RPC 2.0 connection over HTTP: one question a request, one attempt, bounded in time and size, no redirect (it would
 * hand the request to an endpoint that nobody configured), ended at once by `stop`.
 *
 * @param timeoutMs longest time for one exchange.
 * @returns asks a method; undefined where what arrives is no JSON-RPC answer to the question. Throws TransportFault.
 */
export function connectionTo(url: string, timeoutMs: number, stop: AbortSignal) {
  let asked = 0;
  return async (method: string, params: readonly unknown[]): Promise<RpcReply | undefined> => {
    asked += 1;
    const id = asked;
    const text = await exchange(url, JSON.stringify({ jsonrpc: "2.0", id, method, params }), timeoutMs, stop);
    return replyIn(text, id);
  };
}

function replyIn(text: string, id: number): RpcReply | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null || !("id" in answer) || answer.id !== id) return undefined;
  if ("error" in answer && answer.error !== null) return { error: answer.error };
  return "result" in answer ? { result: answer.result } : undefined;
}

async function exchange(url: string, body: string, timeoutMs: number, stop: AbortSignal): Promise<string> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: contentType,
      body,
      redirect: "manual",
      signal: AbortSignal.any([timeout, stop]),
    });
    const answer = await boundedBody(response);
    if (response.status !== 200) throw new TransportFault(`HTTP ${response.status}`);
    return answer;
  } catch (error) {
    if (error instanceof TransportFault) throw error;
    throw new TransportFault(timeout.aborted ? "time-out" : networkFault(error));
  }
}

/** `fetch` wraps what happened; the cause has the system's code (ECONNREFUSED, ENOTFOUND). */
function networkFault(error: unknown): string {
  return faultName(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

async function boundedBody(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestAnswer) throw new TransportFault("its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
