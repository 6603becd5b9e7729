import { describe, expect, it } from "vitest";
import type { KeeperKey } from "../../hsm/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import { refuseOtherLedger, takenOver } from "../../signer/ledgerBinding.ts";
import type { Binding, SignerState } from "../../signer/state/index.ts";

const [ours, other] = ["11".repeat(16), "22".repeat(16)] as const;

function check(binding: Binding, ...ledgers: string[][]): string[] {
  const keys = ledgers.map(
    (ids, index) => ({ name: `key-${index}`, ledgers: ids, bindable: true }) as unknown as KeeperKey,
  );
  const lines: string[] = [];
  const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => void lines.push(line) });
  const state = {
    id: ours,
    binding,
    decide: () => Promise.reject(),
    rehearse: () => Promise.reject(),
    read: () => {
      throw new Error();
    },
  };
  refuseOtherLedger(
    [...keys, { ...keys[0], name: "audit", ledgers: [] } as unknown as KeeperKey],
    "audit",
    { ...state, gather: () => {}, fault: () => undefined, close: () => {} },
    logger,
  );
  return lines;
}

describe("a ledger whose id is in the tokens", () => {
  it("is accepted for keys that belong to it", () => {
    expect(check("token", [ours], [ours])).toEqual([]);
  });

  it.each([
    ["another ledger", [other], `Key key-1 belongs to ledger ${other}, its token says, and this is ledger ${ours}.`],
    ["two ledgers", [ours, other], `Key key-1 belongs to ledger ${other}`],
    ["no ledger", [], "Bind a new key once: attestor ledger bind"],
  ])("is refused for a key that belongs to %s", (_what, ledgers, message) => {
    expect(() => check("token", [ours], ledgers)).toThrow(message);
    expect(() => check("token", [ours], ledgers)).toThrow(expect.objectContaining({ code: "ledger_mismatch" }));
  });
});

describe("a key whose device has no place for the id", () => {
  it("is accepted beside keys of tokens that name the ledger, with a warning", () => {
    const lines: string[] = [];
    const logger = createLogger({ service: "test", level: "debug" }, { write: (line) => void lines.push(line) });
    const keys = [
      { name: "in-token", ledgers: [ours], bindable: true },
      { name: "in-kms", ledgers: [], bindable: false },
    ] as unknown as KeeperKey[];
    refuseOtherLedger(keys, "audit", { id: ours, binding: "token" } as SignerState, logger);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([{ level: "warn", key: "in-kms" }]);
  });
});

describe("a ledger that was made for tokens without a place for its id", () => {
  it("is accepted with a warning for each key that says nothing", () => {
    const lines = check("database", [], [ours]);
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "warn", key: "key-0", ledger: ours });
  });

  it("is refused for a key that belongs to another one", () => {
    expect(() => check("database", [other])).toThrow(expect.objectContaining({ code: "ledger_mismatch" }));
  });
});

describe("a signer that runs", () => {
  const found = (...ledgers: string[][]) => {
    const keys = ledgers.map((ids, index) => ({ name: `key-${index}`, ledgers: ids }) as unknown as KeeperKey);
    return takenOver(keys, "key-9", { id: ours } as SignerState);
  };

  it("learns from its rebuilt keeper that another ledger has a key now", () => {
    expect(found([ours], [other])).toContain(`key key-1 belongs to ledger ${other} now`);
    expect([found([ours], [ours]), found([])]).toEqual([undefined, undefined]);
  });
});
