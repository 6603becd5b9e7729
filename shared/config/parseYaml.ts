import { type Document, LineCounter, parseDocument, type ScalarTag, visit } from "yaml";
import { AttestorError } from "../errors/index.ts";

/**
 * Whole decimal numbers, exact, are the one kind of number; every other plain text stays as it is written. YAML's own
 * rules read an unquoted `0x…` address as a number, `1.10` as 1.1 and `007` as 7.
 */
const decimalInteger: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  identify: (value) => typeof value === "bigint",
  test: /^(?:0|-?[1-9][0-9]*)$/,
  resolve: (text) => BigInt(text),
};

/**
 * Reads one YAML document as plain data: mappings, lists, text, true and false, null, and whole numbers as bigints.
 * Aliases, tags, merges and keys that are no text are refused: each lets a file mean something else than it shows.
 *
 * @throws AttestorError `config_invalid` with line and kind of every problem, without quoting the file.
 */
export function parseYaml(text: string, file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    schema: "failsafe",
    customTags: ["null", "bool", decimalInteger],
    resolveKnownTags: false,
    stringKeys: true,
    uniqueKeys: true,
    lineCounter: lines,
  });
  const problems = [
    ...[...document.errors, ...document.warnings].map(
      ({ code, pos }) => `${place(lines, pos[0])}not valid here: ${code.toLowerCase().replaceAll("_", " ")}`,
    ),
    ...aliasesIn(document).map((offset) => `${place(lines, offset)}aliases (*name) are not supported`),
  ];
  if (problems.length > 0) throw new AttestorError("config_invalid", { file, problems });
  return document.toJS();
}

function aliasesIn(document: Document): number[] {
  const offsets: number[] = [];
  visit(document, {
    Alias(_key, node) {
      offsets.push(node.range?.[0] ?? 0);
    },
  });
  return offsets;
}

function place(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `line ${line}, column ${col}: `;
}
