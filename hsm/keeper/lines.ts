import type { Duplex } from "node:stream";

/** Longest line that is read, in characters. An `open` with 100 keys has about 50,000. */
const longestLine = 1_000_000;

export interface LineHandler {
  onLine(line: string): void;
  /** The other side ended, the connection broke, or it sent a line without end. Called once. */
  onEnd(): void;
  /** The other side sends no more lines and may still read; without this the connection is ended then. */
  onLast?(): void;
}

/** Splits what a connection brings into lines. */
export function readLines(connection: Duplex, { onLine, onEnd, onLast }: LineHandler): void {
  let rest = "";
  connection.setEncoding("utf8");
  connection.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
    if (rest.length > longestLine) connection.destroy();
  });
  connection.on("error", () => connection.destroy());
  connection.on("end", () => (onLast ? onLast() : connection.destroy()));
  connection.once("close", onEnd);
}

/**
 * Sends one line. A broken connection is noticed by its reader.
 *
 * Lines of one turn of the event loop go out in one system call: with many signatures at a time, a call for each was the
 * largest single cost of the keeper's own.
 */
export function writeLine(connection: Duplex, line: string): void {
  if (!connection.writable) return;
  if (connection.writableCorked === 0) {
    connection.cork();
    setImmediate(() => connection.uncork());
  }
  connection.write(`${line}\n`);
}
