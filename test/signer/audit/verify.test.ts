import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkpointDigest } from "../../../hsm/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { checkpointLine } from "../../../signer/audit/checkpoint.ts";
import { chainHead, explainPacket, type SignedCheckpoint, verifyAudit } from "../../../signer/audit/index.ts";
import type { SignerState } from "../../../signer/state/index.ts";
import { testKeeper, testKey } from "../../support/testKeeper.ts";
import { temporaryState } from "../state/temporaryState.ts";
import { tamper } from "./tamper.ts";

const auditKey = addressOfPublicKey(publicKeyFromHex(testKey(9).publicKey) ?? new Uint8Array());
const keeper = testKeeper([], { audit: 9 });

async function checkpointOf(state: SignerState, changes: Partial<SignedCheckpoint> = {}): Promise<SignedCheckpoint> {
  const checkpoint = { ledger: state.id, ...state.read(chainHead), atMs: 1_000, ...changes };
  const signature = await keeper.checkpoint({ key: "audit", ...checkpoint });
  return { ...checkpoint, signer: auditKey, signature };
}

/** A ledger at rest with ten records, and checkpoints of 5 and 8 of them in a file of their own. */
async function restingLedger() {
  const files = temporaryState();
  const outside = path.join(path.dirname(files.file), "outside.jsonl");
  const checkpoints: SignedCheckpoint[] = [];
  for (let n = 2; n <= 10; n += 1) {
    await files.state.decide((transaction) =>
      transaction.record({ kind: "clock", body: { n: `${n}`, packet: `1/2/${n % 3}` } }),
    );
    if (n === 5 || n === 8) checkpoints.push(await checkpointOf(files.state));
  }
  const write = (list: readonly SignedCheckpoint[]) =>
    writeFileSync(outside, list.map((checkpoint) => `${checkpointLine(checkpoint)}\n`).join(""));
  write(checkpoints);
  files.state.close();
  const verify = () => verifyAudit(files.file, { checkpoints: outside, auditKey });
  return { file: files.file, id: files.state.id, outside, checkpoints, write, verify, files };
}

describe("a chain that nobody touched", () => {
  it("is sound, and vouched for up to the last checkpoint that was kept outside", async () => {
    const { file, id, verify } = await restingLedger();
    expect(verify()).toEqual({ records: 10, ledger: id, problems: [], vouched: 8 });
    expect(verifyAudit(file)).toEqual({ records: 10, ledger: id, problems: [], vouched: 0 });
  });

  it("stays as it was found", async () => {
    const { file, outside, verify } = await restingLedger();
    const folder = path.dirname(file);
    const before = readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name)).toString("hex")]);
    verify();
    expect(readdirSync(folder).map((name) => [name, readFileSync(path.join(folder, name)).toString("hex")])).toEqual(
      before,
    );
    expect(outside).toContain(folder);
  });

  it("is not looked at while its signer runs", () => {
    const { file } = temporaryState();
    expect(() => verifyAudit(file)).toThrow(expect.objectContaining({ code: "database_in_use" }));
  });

  it("is looked at after a crash too, with what stands in its write-ahead log", async () => {
    const { file, state } = temporaryState();
    await state.decide((transaction) => transaction.record({ kind: "clock", body: {} }));
    const crashed = `${file}.crashed`;
    for (const part of ["", "-wal"]) writeFileSync(crashed + part, readFileSync(file + part));
    expect(verifyAudit(crashed)).toMatchObject({ records: 2, problems: [] });
  });
});

describe("a chain that somebody changed", () => {
  type Change = Parameters<typeof tamper>[2];
  const edit: Change = (rows) => {
    const row = rows[3];
    if (row) row.record = row.record.replace('"n":"4"', '"n":"40"');
  };
  const remove: Change = (rows) => void rows.splice(3, 1);
  const reorder: Change = (rows) => void rows.splice(3, 0, ...rows.splice(4, 1));
  const insert: Change = (rows) => void rows.splice(3, 0, ...rows.slice(5, 6).map((row) => ({ ...row })));

  it.each<[string, Change, string]>([
    ["an edited record", edit, "record 4 is not the one that was written: its hash does not fit"],
    ["a removed record", remove, "record 4 carries another number: it was put here from elsewhere"],
    ["two records in other order", reorder, "record 4 carries another number: it was put here from elsewhere"],
    ["an added record", insert, "record 4 carries another number: it was put here from elsewhere"],
  ])("shows %s by its own links", async (_what, change, problem) => {
    const { file, verify } = await restingLedger();
    tamper(file, false, change);
    expect(verifyAudit(file).problems).toEqual([problem]);
    expect(verify().problems).toContain(problem);
    expect(verify().vouched).toBe(0);
  });

  it.each<[string, Change]>([
    ["an edited record", edit],
    ["a removed record", remove],
    ["two records in other order", reorder],
    ["an added record", insert],
  ])("shows %s by the checkpoints outside, where every hash was written anew", async (_what, change) => {
    const { file, verify } = await restingLedger();
    tamper(file, true, change);
    expect(verifyAudit(file).problems).toEqual([]); // inside, nothing shows
    expect(verify().problems[0]).toBe(
      "the checkpoint of 5 records does not fit: something was changed in records 1 to 5",
    );
  });

  it("shows an end that was cut off", async () => {
    const { file, verify } = await restingLedger();
    tamper(file, true, (rows) => void rows.splice(7));
    expect(verify()).toMatchObject({
      records: 7,
      vouched: 5,
      problems: ["the checkpoint of 8 records vouches for more than there are: 7; the end was cut off"],
    });
  });

  it("cannot be told from a sound one behind the last checkpoint, and says so", async () => {
    const { file, verify } = await restingLedger();
    tamper(file, true, (rows) => {
      const row = rows[8];
      if (row) row.record = row.record.replace('"n":"9"', '"n":"90"');
    });
    expect(verify()).toMatchObject({ problems: [], vouched: 8, records: 10 });
  });

  it("shows a removed row", async () => {
    const { file } = await restingLedger();
    const database = new Database(file);
    database.exec("DROP TRIGGER audit_is_never_deleted; DELETE FROM audit WHERE sequence = 6");
    database.close();
    expect(verifyAudit(file).problems).toEqual(["record 6 is missing: number 7 stands in its place"]);
  });

  it("never passes for sound up to the last checkpoint, whichever byte of which record was changed", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`audit tampering test: seed ${seed}`);
    const { file, verify } = await restingLedger();
    const original = readFileSync(file);
    const place = fc.record({
      row: fc.nat(7),
      at: fc.nat(),
      byte: fc.constantFrom(..."0123456789abxyz"),
      relink: fc.boolean(),
    });
    fc.assert(
      fc.property(place, ({ row, at, byte, relink }) => {
        writeFileSync(file, original);
        let changed = false;
        tamper(file, relink, (rows) => {
          const target = rows[row];
          if (!target) return;
          const index = at % target.record.lastIndexOf('"sequence"'); // relinking writes what follows anew
          const other = target.record.slice(0, index) + byte + target.record.slice(index + 1);
          changed = other !== target.record;
          target.record = other;
        });
        const { problems, vouched } = verify();
        expect(problems.length > 0).toBe(changed);
        expect(vouched > row).toBe(!changed);
      }),
      { seed, numRuns: 40 },
    );
  });
});

describe("checkpoints", () => {
  it("are not taken from another key, another ledger, or with another content", async () => {
    const { files, write, checkpoints, verify } = await restingLedger();
    const [five, eight] = checkpoints;
    if (!five || !eight) throw new Error("two checkpoints expected");
    write([{ ...five, signature: eight.signature }, eight]);
    expect(verify()).toMatchObject({
      vouched: 8,
      problems: ["the checkpoint of 5 records is not signed by the audit key"],
    });
    write([
      await checkpointOf({ ...files.state, read: () => five } as unknown as SignerState, { ledger: "00".repeat(16) }),
    ]);
    expect(verify().problems).toEqual([`the checkpoint of 5 records is of another ledger, ${"00".repeat(16)}`]);
    expect(checkpointDigest(five)).not.toBe(checkpointDigest(eight));
  });

  it("that are no checkpoints are refused; one that a crash cut short is none", async () => {
    const { outside, checkpoints, write, verify } = await restingLedger();
    write(checkpoints);
    writeFileSync(outside, `${readFileSync(outside, "utf8")}{"ledger":`);
    expect(verify()).toMatchObject({ vouched: 8, problems: [] });
    writeFileSync(outside, "hello\n");
    expect(verify).toThrow(expect.objectContaining({ code: "usage" }));
  });
});

describe("explaining a packet", () => {
  it("gives every record about it in order, and says whether the chain was changed", async () => {
    const { file } = await restingLedger();
    const about = (packet: string, deployment?: string) =>
      explainPacket(file, packet, deployment).records.map((record) => JSON.parse(record).body.n);
    expect(about("1/2/0")).toEqual(["3", "6", "9"]);
    expect(about("1/2/5")).toEqual([]);
    expect(about("1/2/0", "other")).toEqual([]);
    expect(explainPacket(file, "1/2/0").problems).toEqual([]);
    tamper(file, false, edit4);
    expect(explainPacket(file, "1/2/0").problems).toHaveLength(1);
  });

  const edit4: Parameters<typeof tamper>[2] = (rows) => {
    const row = rows[3];
    if (row) row.record = row.record.replace('"n":"4"', '"n":"40"');
  };
});

describe("a file that is no ledger", () => {
  it("is refused", () => {
    const { file, state } = temporaryState();
    state.close();
    expect(() => verifyAudit(`${file}.missing`)).toThrow(expect.objectContaining({ code: "database_missing" }));
    writeFileSync(`${file}.text`, "not a database, but long enough to be taken for one".repeat(100));
    expect(() => verifyAudit(`${file}.text`)).toThrow(expect.objectContaining({ code: "database_unusable" }));
    const other = new Database(`${file}.other`);
    other.exec("CREATE TABLE audit (sequence, record, hash)");
    other.close();
    expect(() => verifyAudit(`${file}.other`)).toThrow("it is not a ledger");
  });
});
