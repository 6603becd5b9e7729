import { visibleLength } from "./visibleLength.ts";
import { wrap } from "./wrap.ts";

/** Columns that a text may take: all of a terminal's; as many as it wants where the output is piped or stored. */
export function terminalWidth(output: NodeJS.WriteStream = process.stdout): number {
  // a terminal that does not know its width says 0
  return output.isTTY && output.columns > 0 ? output.columns : Number.POSITIVE_INFINITY;
}

/** True if no line of the text is wider than `width` columns. */
export function fits(text: string, width: number): boolean {
  return text.split("\n").every((line) => visibleLength(line) <= width);
}

/** Columns that the first cells take at most, as a part of the width. */
const firstCellShare = 1 / 3;

/**
 * Rows for a terminal on which their table is too wide: of each, the first cell, and beside it the others one after
 * another on as many lines as they need. Nothing is left out; a word that is wider than its room is not broken.
 */
export function stacked(rows: readonly (readonly string[])[], width: number): string {
  const firstCells = rows.map(([first = ""]) => visibleLength(first));
  const indent = Math.min(Math.max(...firstCells), Math.floor(width * firstCellShare)) + 2;
  return rows.flatMap(([first = "", ...others]) => beside(first, inLines(others, width - indent), indent)).join("\n");
}

/** A cell that is longer than the indent stands on a line of its own. */
function beside(first: string, lines: readonly string[], indent: number): string[] {
  const room = indent - visibleLength(first);
  const margin = " ".repeat(indent);
  const [start = "", ...further] = room < 2 ? [first, ...lines] : lines;
  const head = room < 2 ? start : `${first}${" ".repeat(room)}${start}`;
  return [head.trimEnd(), ...further.map((line) => margin + line)];
}

function inLines(cells: readonly string[], width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const cell of cells.filter((text) => text !== "")) {
    const joined = line === "" ? cell : `${line}  ${cell}`;
    if (fits(joined, width)) {
      line = joined;
      continue;
    }
    const parts = wrap(cell, width);
    lines.push(...(line === "" ? [] : [line]), ...parts.slice(0, -1));
    line = parts.at(-1) ?? "";
  }
  return line === "" ? lines : [...lines, line];
}
