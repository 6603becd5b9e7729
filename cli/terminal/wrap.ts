import { visibleLength } from "./visibleLength.ts";

/**
 * Breaks a text between its words. Escape sequences do not count.
 *
 * @param width in columns; a word that is longer stands on a line of its own.
 * @param indent what the second line and all after it begin with.
 */
export function wrap(text: string, width: number, indent = ""): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && visibleLength(line) + 1 + visibleLength(word) > width) {
      lines.push(line);
      line = indent + word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
