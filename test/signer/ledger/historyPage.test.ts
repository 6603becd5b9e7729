import { expect, it } from "vitest";
import { historyPage, type LedgerId } from "../../../signer/ledger/index.ts";
import { sampleReservation } from "../samples.ts";
import { type OpenLedger, temporaryLedger } from "./temporaryLedger.ts";

interface WirePacket {
  readonly packet: { readonly sequence: string | bigint };
}

const reserve = ({ state, ledger }: OpenLedger, sequences: readonly bigint[], deployment = "local") =>
  Promise.all(
    sequences.map((sequence) =>
      state.decide((transaction) =>
        ledger.reserve(transaction, sampleReservation({ sequence }, "white", { deployment })),
      ),
    ),
  );
const evens = (from: number, to: number) =>
  Array.from({ length: (to - from) / 2 }, (_, index) => BigInt(from + index * 2));

it("has every packet that was reserved before its first page, once, whatever is reserved between the pages", async () => {
  const { ledger } = temporaryLedger();
  const before = evens(1_000, 2_400); // 700 rows: two full pages and a part
  await reserve(ledger, before);
  await reserve(ledger, [5n], "zzz"); // it sorts last, with a number below all the others
  const seen: string[] = [];
  let pages = 0;
  let after: LedgerId | undefined;
  do {
    const { records, last } = ledger.state.read((database) => historyPage(database, after));
    expect(records.length).toBeLessThanOrEqual(250);
    seen.push(...records.map((record) => String((record as WirePacket).packet.sequence)));
    after = last;
    pages += 1;
    if (after) await reserve(ledger, [BigInt(pages), after.sequence + 1n, 10_000n + BigInt(pages)]);
  } while (after);
  expect(pages).toBe(3);
  expect(new Set(seen).size, "none comes twice").toBe(seen.length);
  expect(seen).toEqual(expect.arrayContaining(["5", ...before.map(String)]));
  expect(seen, "what sorts before the page is for the next export").not.toContain("1");
});

it("leaves out a reservation that an import has closed, and goes on behind it", async () => {
  const { ledger } = temporaryLedger();
  const sequences = evens(0, 600);
  await reserve(ledger, sequences);
  ledger.state.read((database) =>
    database.exec(`
      INSERT INTO imports VALUES (1, '${"ab".repeat(16)}', '0x${"11".repeat(32)}', 1);
      INSERT INTO closures VALUES (1, 'local', '1', '2', '${"1000".padStart(20, "0")}');`),
  );
  const first = ledger.state.read((database) => historyPage(database, undefined));
  expect({ records: first.records, watermarks: first.watermarks.length }).toEqual({ records: [], watermarks: 1 });
  expect(first.last).toMatchObject({ deployment: "local", sequence: sequences[249] });
  const second = ledger.state.read((database) => historyPage(database, first.last));
  expect(second).toEqual({ records: [], watermarks: [], last: undefined });
});
