import type { Readable } from "node:stream";
import type { Logger } from "../../shared/log/index.ts";

/** Longest beginning of a line that is logged, in characters; the rest is dropped as it comes. */
const longestText = 500;

/** So many lines are logged in a window; of further ones only their number. */
const mostLines = 100;
const windowMs = 1_000;

/**
 * Logs what a keeper writes beside its protocol. It is a vendor's library that writes, so that neither a line without an end
 * nor lines without an end may take the memory, the time or the disk of whoever reads them.
 */
export function logOutput(stream: "stdout" | "stderr", source: Readable, logger: Logger): void {
  const { log, end } = limitedLog((fields) => logger.warn({ stream, ...fields }, "the keeper wrote"));
  /** The beginning of a line that has not ended; undefined once it was logged. */
  let begun: string | undefined = "";
  const onPiece = (piece: string, isEnded: boolean) => {
    if (begun !== undefined) begun += piece.slice(0, longestText - begun.length);
    if (begun !== undefined && (isEnded || begun.length === longestText)) {
      log(begun.replace(/\r$/, ""));
      begun = undefined;
    }
    if (isEnded) begun = "";
  };
  source.setEncoding("utf8");
  source.on("data", (chunk: string) => {
    const pieces = chunk.split("\n");
    pieces.forEach((piece, index) => {
      onPiece(piece, index < pieces.length - 1);
    });
  });
  source.on("error", () => source.destroy());
  source.once("close", () => {
    if (begun) onPiece("", true);
    end();
  });
}

function limitedLog(write: (fields: { text: string } | { omitted: number }) => void) {
  let logged = 0;
  let omitted = 0;
  let window: NodeJS.Timeout | undefined;
  const end = () => {
    clearTimeout(window);
    window = undefined;
    if (omitted > 0) write({ omitted });
    logged = 0;
    omitted = 0;
  };
  return {
    log(text: string) {
      window ??= setTimeout(end, windowMs).unref();
      if (logged === mostLines) omitted += 1;
      else {
        logged += 1;
        write({ text });
      }
    },
    end,
  };
}
