import { exchange } from "../exchange.ts";

/** What a provider said to one question: its result, or the error object that it answered. */
export type RpcReply = { readonly result: unknown } | { readonly error: unknown };

const headers = { "content-type": "application/json" };

/**
 * A JSON-RPC 2.0 connection over HTTP: one question a request, as {@link exchange} makes it.
 *
 * @param timeoutMs longest time for one exchange.
 * @returns asks a method; undefined where what arrives is no JSON-RPC answer to the question. Throws TransportFault.
 */
export function connectionTo(url: string, timeoutMs: number, stop: AbortSignal) {
  let asked = 0;
  return async (method: string, params: readonly unknown[]): Promise<RpcReply | undefined> => {
    asked += 1;
    const id = asked;
    const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
    return replyIn(await exchange(url, { method: "POST", headers, body }, timeoutMs, stop), id);
  };
}

function replyIn(body: Uint8Array, id: number): RpcReply | undefined {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
  if (typeof answer !== "object" || answer === null || !("id" in answer) || answer.id !== id) return undefined;
  if ("error" in answer && answer.error !== null) return { error: answer.error };
  return "result" in answer ? { result: answer.result } : undefined;
}
