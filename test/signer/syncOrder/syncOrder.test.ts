import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseEvents, type ShimEvent } from "./events.ts";
import { askedTooEarly, onDiskSince } from "./syncOrder.ts";
import { watchSigner } from "./watchedSigner.ts";

const lower = path.join(import.meta.dirname, "lowerSynchronous.ts");

describe("a signer whose syncs and signatures are logged", { timeout: 120_000 }, () => {
  it("asks the HSM for nothing before its row and its record are on disk, and answers nothing before its signature is", async () => {
    const { events, file, checkpoints, receipts } = await watchSigner();
    expect(askedTooEarly(events, file, checkpoints)).toEqual([]);

    const since = onDiskSince(events, file);
    for (const { signature, at } of receipts) expect(since.get(`text:${signature}`)).toBeLessThan(at);

    const signed = events.filter((event) => event.kind === "sign").map(({ digest }) => digest);
    const digests = new Set(receipts.map(({ digest }) => digest));
    expect(signed.filter((digest) => digests.has(digest)).sort()).toEqual([...digests].sort()); // each once
    expect(signed.filter((digest) => checkpoints.has(digest)).length).toBeGreaterThan(0);
  });

  it("is caught when its commits do not wait for the disk", async () => {
    const { events, file, checkpoints, receipts } = await watchSigner({ NODE_OPTIONS: `--import=${lower}` });
    const found = askedTooEarly(events, file, checkpoints).join("\n");
    for (const { digest } of receipts)
      expect(found).toMatch(new RegExp(`C_Sign of ${digest} came (without|before) the sync of its row`));
  });
});

describe("the judge of the order", () => {
  const file = "/l/ledger.sqlite-wal";
  const digest = "ab".repeat(32);
  const page = `page 10 1 ${file} row:${digest} record:${digest}`;
  const sync = `sync 20 30 0 ${file}`;
  const sign = `sign 40 50 0 ${digest}`;
  const judge = (...lines: string[]) => askedTooEarly(parseEvents(`${lines.join("\n")}\n`), file, new Set());
  const both = ["row", "record"];

  it("has nothing to say of a row that is written, synced and then signed", () => {
    expect(judge(page, sync, sign)).toEqual([]);
    expect(judge(`page 5 0 ${file} row:${digest}`, `page 10 1 ${file} record:${digest}`, sync, sign)).toEqual([]);
  });

  it.each([
    ["is signed before its sync is over", [page, "sync 20 45 0", sign]],
    ["is written after the sync began", [`page 21 1 ${file} row:${digest} record:${digest}`, sync, sign]],
  ])("finds what %s", (_what, lines) => {
    const found = judge(...lines.map((line) => (line === "sync 20 45 0" ? `${line} ${file}` : line)));
    expect(found).toHaveLength(2);
  });

  it.each<[string, string[], string[]]>([
    ["that is never synced", [page, sign], both],
    ["whose sync failed", [page, `sync 20 30 -1 ${file}`, sign], both],
    ["when another file was synced", [page, "sync 20 30 0 /l/other.sqlite-wal", sign], both],
    ["whose transaction was not written to its end", [page.replace(" 1 ", " 0 "), sync, sign], both],
    ["that has no record", [`page 10 1 ${file} row:${digest}`, sync, sign], ["record"]],
    ["that has a record and no row", [`page 10 1 ${file} record:${digest}`, sync, sign], ["row"]],
    ["that is another one's", [page.replaceAll("ab", "cd"), sync, sign], both],
  ])("finds a row %s", (_what, lines, missing) => {
    expect(judge(...lines)).toEqual(
      missing.map((place) => `C_Sign of ${digest} came without the sync of its ${place}`),
    );
  });

  it("finds each signature that is moved before its sync in a log without fault", () => {
    const events = parseEvents([page, sync, sign].join("\n"));
    const moved = events.map((event): ShimEvent => (event.kind === "sign" ? { ...event, from: 29n } : event));
    expect(askedTooEarly(events, file, new Set())).toEqual([]);
    expect(askedTooEarly(moved, file, new Set())).toEqual(
      both.map((place) => `C_Sign of ${digest} came before the sync of its ${place}`),
    );
  });
});
