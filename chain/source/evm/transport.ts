import { FetchRequest } from "ethers";
import { exchange } from "../exchange.ts";

/**
 * The HTTP request of a JSON-RPC connection, as {@link exchange} makes it: ethers' own would try again and follow
 * redirects.
 *
 * @param timeoutMs longest time for one exchange.
 */
export function connectionTo(url: string, timeoutMs: number, stop: AbortSignal): FetchRequest {
  const request = new FetchRequest(url);
  request.setThrottleParams({ maxAttempts: 1 });
  request.retryFunc = async () => false;
  request.getUrlFunc = async ({ url: to, method, headers, body }) => {
    const content = body ? Buffer.from(body) : null;
    const answer = await exchange(to, { method, headers, body: content }, timeoutMs, stop);
    return { statusCode: 200, statusMessage: "", headers: {}, body: answer };
  };
  return request;
}
