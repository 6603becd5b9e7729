import { getDefaultHighWaterMark, Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Half of what a socket takes before it asks its writer to wait, in bytes. */
const pieceBytes = getDefaultHighWaterMark(false) / 2;

/**
 * A body that could fill a socket's buffer, as a stream of pieces that do not; undefined for one that cannot.
 *
 * A client may have the whole answer, and send its next request, before Node hears that the answer was written. If the
 * socket still asks its writer to wait then, Node pauses the parser of that request and, over TLS, breaks the connection
 * when the rest of the request arrives (HPE_PAUSED). A turn of the event loop between two pieces is what the socket needs
 * to be told that it has written one.
 */
export function inPieces(body: string): { readonly bytes: number; readonly stream: Readable } | undefined {
  const bytes = Buffer.byteLength(body);
  if (bytes <= pieceBytes) return undefined;
  return { bytes, stream: Readable.from(piecesOf(Buffer.from(body)), { objectMode: false }) };
}

async function* piecesOf(whole: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < whole.length; at += pieceBytes) {
    yield whole.subarray(at, at + pieceBytes);
    await nextTurn();
  }
}
