import { SigningKey } from "ethers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Hex } from "../../../shared/digest/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { parseJson } from "../../../shared/json/index.ts";
import {
  exportHistory,
  importHistory,
  ledgerIdOf,
  type Reserved,
  readInterchange,
} from "../../../signer/ledger/index.ts";
import { intersect, without } from "../../../signer/ledger/interchange/ranges.ts";
import { testKey } from "../../support/testKeeper.ts";
import { recordsOf } from "../audit/records.ts";
import { sampleReservation } from "../samples.ts";
import { type OpenLedger, temporaryLedger } from "./temporaryLedger.ts";

const key = new SigningKey(testKey(2).privateKey);
const signer = addressOfPublicKey(publicKeyFromHex(testKey(2).publicKey) ?? new Uint8Array());
const hash: Hex = `0x${"ab".repeat(32)}`;

async function release(ledger: OpenLedger, sequence: bigint, verdict: "white" | "flagged" = "white") {
  const reservation = sampleReservation({ sequence }, verdict);
  const signature = key.sign(reservation.digest).serialized as Hex;
  await ledger.release(ledgerIdOf(reservation), { signature, signer, custody: "hsm" });
}

function exported({ state }: OpenLedger, minimal: boolean): string {
  return state.read((database) => [...exportHistory(database, { minimal, nowMs: 0 })].join(""));
}

const importInto = ({ state }: OpenLedger, text: string) =>
  state.decide((transaction) => importHistory(transaction, readInterchange(parseJson(text)), hash));

const stateOf = (reserved: Reserved) => (reserved.state === "refused" ? reserved.code : reserved.state);

/** How a ledger stands to a packet, without reserving anything. */
function standing(ledger: OpenLedger, sequence: bigint, verdict: "white" | "flagged" = "white"): Promise<string> {
  const reservation = sampleReservation({ sequence }, verdict);
  const undone = new Error("undo");
  let found = "";
  return ledger.state
    .decide((transaction) => {
      found = stateOf(ledger.ledger.reserve(transaction, reservation));
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
      return found;
    });
}

describe("an exported history", () => {
  it("is one JSON document with a line for each watermark and record", async () => {
    const { ledger } = temporaryLedger();
    for (const sequence of [7n, 8n]) await ledger.reserve(sampleReservation({ sequence }));
    await release(ledger, 7n);
    const text = exported(ledger, false);
    expect(text.split("\n")).toHaveLength(6);
    expect(JSON.parse(text)).toMatchObject({
      ...{ format: "hsm-attestor-ledger", version: 1, ledger: ledger.state.id, exportedAt: "1970-01-01T00:00:00.000Z" },
      watermarks: [],
      records: [
        { packet: { sequence: "7" }, client: "chain-a", release: { signer, custody: "hsm" } },
        { packet: { sequence: "8" }, release: null },
      ],
    });
  });

  it("in its minimal form has a watermark, what is open below it, and what is still to be signed", async () => {
    const { ledger } = temporaryLedger();
    for (const sequence of [2n, 3n, 7n, 8n]) await ledger.reserve(sampleReservation({ sequence }));
    for (const sequence of [2n, 3n, 8n]) await release(ledger, sequence);
    expect(JSON.parse(exported(ledger, true))).toMatchObject({
      watermarks: [
        {
          ...{ deployment: "local", source: "1", destination: "2", watermark: "8" },
          open: [
            { first: "0", last: "1" },
            { first: "4", last: "6" },
          ],
        },
      ],
      records: [{ packet: { sequence: "7" }, release: null }],
    });
  });

  it("of an empty ledger is empty", () => {
    const { ledger } = temporaryLedger();
    for (const minimal of [true, false]) {
      expect(JSON.parse(exported(ledger, minimal))).toMatchObject({ watermarks: [], records: [] });
    }
  });
});

describe("an import", () => {
  it("says what it added, is recorded in the audit chain, and counts in the ledger's rows after a restart", async () => {
    const from = temporaryLedger();
    for (const sequence of [1n, 2n, 3n]) await from.ledger.reserve(sampleReservation({ sequence }));
    for (const sequence of [1n, 2n]) await release(from.ledger, sequence);
    const to = temporaryLedger();
    await to.ledger.reserve(sampleReservation({ sequence: 2n }));
    await to.ledger.reserve(sampleReservation({ sequence: 3n }));
    const counts = { added: 1, completed: 1, known: 1, watermarks: 0 };
    expect(await importInto(to.ledger, exported(from.ledger, false))).toEqual(counts);
    expect(recordsOf(to.ledger.state).at(-1)).toMatchObject({
      kind: "import",
      body: { ledger: from.ledger.state.id, fileHash: hash, added: "1", completed: "1", known: "1", watermarks: "0" },
    });
    expect(to.reopen().rows()).toEqual({ signing: 1, signed: 2 });
    expect(await importInto(to.ledger, exported(from.ledger, false))).toMatchObject({
      added: 0,
      completed: 0,
      known: 3,
    });
  });

  it("keeps screening, times and client of the record, and its signature", async () => {
    const from = temporaryLedger();
    await from.ledger.reserve(sampleReservation());
    await release(from.ledger, 7n);
    const to = temporaryLedger();
    await importInto(to.ledger, exported(from.ledger, false));
    const [first, again] = [from.ledger, to.ledger].map((ledger) => JSON.parse(exported(ledger, false)).records);
    expect(again).toEqual(first);
    expect(to.ledger.find(ledgerIdOf(sampleReservation()))).toEqual(from.ledger.find(ledgerIdOf(sampleReservation())));
  });

  it.each(["imports", "closures", "openings"])("never lets go of what stands in %s", async (table) => {
    const from = temporaryLedger();
    await from.ledger.reserve(sampleReservation());
    const to = temporaryLedger();
    await importInto(to.ledger, exported(from.ledger, true));
    const run = (sql: string) => to.ledger.state.read((database) => database.prepare(sql).run());
    expect(() => run(`DELETE FROM ${table}`)).toThrow("what was imported never changes");
    const column = table === "imports" ? "number" : "import";
    expect(() => run(`UPDATE ${table} SET ${column} = ${column}`)).toThrow("what was imported never changes");
  });

  it("raises the highest sequence of its routes", async () => {
    const from = temporaryLedger();
    await from.ledger.reserve(sampleReservation({ sequence: 9n }));
    const to = temporaryLedger();
    const highest = () =>
      to.ledger.state.decide((transaction) => to.ledger.ledger.highest(transaction, ledgerIdOf(sampleReservation())));
    expect(await highest()).toBeUndefined();
    await importInto(to.ledger, exported(from.ledger, true));
    expect(await highest()).toBe(9n);
    await to.ledger.reserve(sampleReservation({ sequence: 12n }));
    expect(await highest()).toBe(12n);
  });
});

describe("a history that wanders from ledger to ledger", () => {
  const action = fc.record({
    kind: fc.constantFrom("reserve", "sign", "import"),
    sequence: fc.bigInt(0n, 9n),
    verdict: fc.constantFrom("white" as const, "flagged" as const),
    watermark: fc.bigInt(0n, 9n),
    open: fc.uniqueArray(fc.nat(9), { maxLength: 5 }),
  });

  /** A file of somebody else's with a watermark alone. */
  function foreignFile(watermark: bigint, open: readonly number[]): string {
    const below = open.filter((each) => BigInt(each) <= watermark).sort((a, b) => a - b);
    const ranges = below.map((each) => ({ first: `${each}`, last: `${each}` }));
    const route = { deployment: "local", source: "1", destination: "2", watermark: `${watermark}`, open: ranges };
    const head = {
      format: "hsm-attestor-ledger",
      version: 1,
      ledger: "00".repeat(16),
      exportedAt: "2026-01-01T00:00:00Z",
    };
    return JSON.stringify({ ...head, watermarks: [route], records: [] });
  }

  it("means the same there: nothing is lost, nothing closed opens, and nothing can be signed twice", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`interchange property test: seed ${seed}`);
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 14 }), async (actions) => {
        const [from, full, minimal] = [temporaryLedger(), temporaryLedger(), temporaryLedger()];
        for (const { kind, sequence, verdict, watermark, open } of actions) {
          if (kind === "import") await importInto(from.ledger, foreignFile(watermark, open));
          else {
            const { state } = await from.ledger.reserve(sampleReservation({ sequence }, verdict));
            if (kind === "sign" && (state === "reserved" || state === "signing")) {
              await release(from.ledger, sequence, verdict);
            }
          }
        }
        await importInto(full.ledger, exported(from.ledger, false));
        await importInto(minimal.ledger, exported(from.ledger, true));
        for (let sequence = 0n; sequence <= 11n; sequence += 1n) {
          for (const verdict of ["white", "flagged"] as const) {
            const before = await standing(from.ledger, sequence, verdict);
            expect(await standing(full.ledger, sequence, verdict)).toBe(before);
            const stored = from.ledger.find({ source: 1n, destination: 2n, sequence }).length > 0;
            const expected = stored || before === "closed_by_import" ? "closed_by_import" : before;
            expect(await standing(minimal.ledger, sequence, verdict)).toBe(expected);
          }
        }
      }),
      { seed, numRuns: 20 },
    );
  });
});

describe("sequence ranges", () => {
  const range = (first: number, last: number) => ({ first: BigInt(first), last: BigInt(last) });
  const sets = fc.uniqueArray(fc.nat(12));
  const toRanges = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b).map((n) => range(n, n));
  const members = (ranges: readonly { first: bigint; last: bigint }[]) =>
    Array.from({ length: 13 }, (_, n) => n).filter((n) => ranges.some(({ first, last }) => first <= n && n <= last));

  it("are cut down by single sequences", () => {
    expect(without([range(0, 9)], [0n, 3n, 4n, 9n])).toEqual([range(1, 2), range(5, 8)]);
    expect(without([range(2, 3), range(6, 7)], [1n, 5n])).toEqual([range(2, 3), range(6, 7)]);
  });

  it("behave as sets do", () => {
    fc.assert(
      fc.property(sets, sets, (a, b) => {
        const both = intersect([range(0, 5), range(7, 12)], toRanges(a));
        expect(members(both)).toEqual(members(toRanges(a)).filter((n) => n !== 6));
        const sorted = [...b].sort((x, y) => x - y).map(BigInt);
        expect(members(without(toRanges(a), sorted))).toEqual(members(toRanges(a)).filter((n) => !b.includes(n)));
      }),
    );
  });
});
