import { exchange } from "../exchange.ts";

/** What a provider said to one question: its result, or the error object that it answered. */
export type RpcReply = { readonly result: unknown } | { readonly error: unknown };

const headers = { "content-type": "application/json" };

/**
 * A JSON-RPC 2.0 connection over HTTP, one question a request, as {@link exchange} makes it. ethers' own would try again and
 * follow redirects, and reads text letter by letter in JavaScript.
 *
 * @param timeoutMs longest time for one exchange.
 * @returns asks a method; undefined where what arrives is no JSON-RPC answer to the question. Throws TransportFault.
 */
export function connectionTo(url: string, timeoutMs: number, stop: AbortSignal) {
  let asked = 0;
  return async (method: string, params: readonly unknown[]): Promise<RpcReply | undefined> => {
    asked += 1;
    const id = asked;
    const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    const answer = await exchange(url, { method: "POST", headers, body }, timeoutMs, stop);
    return replyIn(Buffer.from(answer).toString("utf8"), id);
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
