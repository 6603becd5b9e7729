import { FetchRequest, type GetUrlResponse } from "ethers";
import { faultName } from "../../../shared/errors/index.ts";

/** Largest answer that is read, in bytes: a full range of packets stays far below. */
const largestAnswer = 32 * 1_048_576;

/** Why an exchange came to nothing, in words that quote nothing of the endpoint. */
export class TransportFault extends Error {
  override readonly name = "TransportFault";
}

/**
 * The HTTP request of a JSON-RPC connection: one attempt, bounded in time and size, no redirect (it would hand the
 * request to an endpoint that nobody configured), ended at once by `stop`.
 *
 * @param timeoutMs longest time for one exchange.
 */
export function connectionTo(url: string, timeoutMs: number, stop: AbortSignal): FetchRequest {
  const request = new FetchRequest(url);
  request.setThrottleParams({ maxAttempts: 1 });
  request.retryFunc = async () => false;
  request.getUrlFunc = async (outgoing) => exchange(outgoing, timeoutMs, stop);
  return request;
}

async function exchange(request: FetchRequest, timeoutMs: number, stop: AbortSignal): Promise<GetUrlResponse> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body ? Buffer.from(request.body) : null,
      redirect: "manual",
      signal: AbortSignal.any([timeout, stop]),
    });
    const body = await boundedBody(response);
    if (response.status !== 200) throw new TransportFault(`HTTP ${response.status}`);
    return { statusCode: 200, statusMessage: "", headers: {}, body };
  } catch (error) {
    if (error instanceof TransportFault) throw error;
    throw new TransportFault(timeout.aborted ? "time-out" : networkFault(error));
  }
}

/** `fetch` wraps what happened; the cause has the system's code (ECONNREFUSED, ENOTFOUND). */
function networkFault(error: unknown): string {
  return faultName(error instanceof Error && error.cause !== undefined ? error.cause : error);
}

async function boundedBody(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > largestAnswer) throw new TransportFault("its answer is too large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
