import { answerTooLarge, type Bounds, exchange, TransportFault } from "../exchange.ts";

/**
 * Most values in an answer, counted by the marks that part them. Read, a value takes many times the bytes that it arrives in:
 * 32 MiB of nothing but values are more than this process can hold. The longest lists of events stay below a half of it.
 */
const mostMarks = 2_000_000;

/** What begins or parts values in JSON. Those within texts are counted too: nothing that is read here has many. */
const marks: ReadonlySet<number> = new Set(Buffer.from(",:[{"));
const isMark = Uint8Array.from({ length: 256 }, (_, byte) => (marks.has(byte) ? 1 : 0));

/**
 * As {@link exchange}, for a provider's answer that is JSON.
 *
 * @throws TransportFault also where it holds too many values to be read.
 */
export async function exchangeJson(
  url: string,
  request: Pick<RequestInit, "method" | "headers" | "body">,
  bounds: Bounds,
  stop: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await exchange(url, request, bounds, stop);
  if (bytes.length > mostMarks && marksIn(bytes) > mostMarks) throw new TransportFault(answerTooLarge);
  return bytes;
}

function marksIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; at += 1) count += isMark[bytes[at] ?? 0] ?? 0; // an iterator takes five times as long
  return count;
}
