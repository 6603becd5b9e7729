/** What the shims in test/support/native log. Times are nanoseconds of the machine's monotonic clock. */
export type ShimEvent =
  /** A page of a write-ahead log was written; `commits` if its frame ends a transaction. */
  | {
      readonly kind: "page";
      readonly at: bigint;
      readonly commits: boolean;
      readonly file: string;
      readonly texts: Texts;
    }
  | { readonly kind: "sync"; readonly from: bigint; readonly to: bigint; readonly done: boolean; readonly file: string }
  | {
      readonly kind: "sign";
      readonly from: bigint;
      readonly to: bigint;
      readonly done: boolean;
      readonly digest: string;
    };

/** The hex texts in a page, each with the place where it stands in front: `row:`, `record:` or `text:`, then 64 digits. */
export type Texts = readonly string[];

/** Reads a log. Events of one thread are in the order in which they happened. */
export function parseEvents(log: string): ShimEvent[] {
  return log.split("\n").filter(Boolean).map(parseEvent);
}

function parseEvent(line: string): ShimEvent {
  const [kind, first = "", second = "", third = "", ...rest] = line.split(" ");
  switch (kind) {
    case "page":
      return { kind, at: BigInt(first), commits: second === "1", file: third, texts: rest };
    case "sync":
      return { kind, from: BigInt(first), to: BigInt(second), done: third === "0", file: rest.join(" ") };
    case "sign":
      return { kind, from: BigInt(first), to: BigInt(second), done: third === "0", digest: rest.join(" ") };
    default:
      throw new Error(`no event: ${line}`);
  }
}
