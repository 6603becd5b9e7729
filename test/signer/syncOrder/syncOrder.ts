import type { ShimEvent } from "./events.ts";

/** Since when which text is on disk: nanoseconds by text, as {@link ShimEvent} has them. */
export type OnDisk = ReadonlyMap<string, bigint>;

/**
 * A text is on disk once the transaction of the page that has it was written to its end and the write-ahead log was synced
 * after that.
 *
 * @param file the write-ahead log.
 */
export function onDiskSince(events: readonly ShimEvent[], file: string): OnDisk {
  const open = new Set<string>();
  const committed = new Map<string, bigint>();
  const since = new Map<string, bigint>();
  for (const event of events) {
    if (event.kind === "sign" || event.file !== file) continue;
    if (event.kind === "page") {
      for (const text of event.texts) open.add(text);
      if (!event.commits) continue;
      for (const text of open) if (!committed.has(text)) committed.set(text, event.at);
      open.clear();
    } else if (event.done) {
      for (const [text, at] of committed) if (at <= event.from && !since.has(text)) since.set(text, event.to);
    }
  }
  return since;
}

/**
 * Holds each signature that was asked of the HSM against the row of the ledger and the record of the audit chain that have
 * its digest: both must be on disk before.
 *
 * @param unrecorded digests that have no row: those of checkpoints.
 * @returns one sentence for each that was asked too early.
 */
export function askedTooEarly(events: readonly ShimEvent[], file: string, unrecorded: ReadonlySet<string>): string[] {
  const since = onDiskSince(events, file);
  return events
    .filter((event) => event.kind === "sign")
    .filter(({ digest }) => !unrecorded.has(digest))
    .flatMap(({ digest, from }) =>
      ["row", "record"].flatMap((place) => {
        const at = since.get(`${place}:${digest}`);
        if (at !== undefined && at < from) return [];
        return [`C_Sign of ${digest} came ${at === undefined ? "without" : "before"} the sync of its ${place}`];
      }),
    );
}
