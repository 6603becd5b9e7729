import { stringifyJson } from "../../../shared/json/index.ts";
import { formatName } from "./format.ts";

/** What a history's document says of itself: the ledger's id, and when it was taken, in UTC. */
export interface DocumentHead {
  readonly ledger: string;
  readonly exportedAt: string;
}

/**
 * The text of an interchange document in pieces, a line for each watermark and each record; the records may come in parts.
 * Write `begin`, then `records` for each part, then `end`.
 */
export function interchangeText({ ledger, exportedAt }: DocumentHead) {
  let separator = "\n";
  return {
    *begin(watermarks: Iterable<unknown>): Generator<string> {
      const head = { format: formatName, version: 1, ledger, exportedAt };
      yield `${stringifyJson(head).slice(0, -1)},"watermarks":[`;
      let before = "\n";
      for (const watermark of watermarks) {
        yield `${before}${stringifyJson(watermark)}`;
        before = ",\n";
      }
      yield '\n],"records":[';
    },
    *records(records: Iterable<unknown>): Generator<string> {
      for (const record of records) {
        yield `${separator}${stringifyJson(record)}`;
        separator = ",\n";
      }
    },
    end: () => "\n]}\n",
  };
}
