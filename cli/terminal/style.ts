import { styleText } from "node:util";

type Format = Parameters<typeof styleText>[0];

/** Colours text when the stream is a terminal that wants colours (NO_COLOR and FORCE_COLOR are heard); else leaves it. */
export function styled(format: Format, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(format, text, { stream, validateStream: true });
}
