import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findObjects } from "../../../hsm/pkcs11/findObjects.ts";
import { bindKeysToLedger, readLedgerBindings } from "../../../hsm/provisioning/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { inToken, withSoftHsmEnvironment } from "../support/inToken.ts";
import { keeperOf, specOf } from "../support/keepers.ts";

const [ours, theirs, lost] = ["11".repeat(16), "22".repeat(16), "33".repeat(16)] as const;
const labels = ["first", "second", "third", "fourth"] as const;

let hsm: SoftHsm;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: labels.map((label, index) => ({ label, id: `000${index + 1}` })) });
});

afterAll(() => hsm.remove());

const keys = (...indexes: number[]) =>
  indexes.map((index) => ({ ...specOf(hsm, index), name: labels[index] ?? "", destination: BigInt(index) }));
const inHsm = <T>(run: () => T): T => withSoftHsmEnvironment(hsm, run);
const bind = (ledger: string, indexes: number[], instead?: string) =>
  inHsm(() => bindKeysToLedger({ keys: keys(...indexes), ledger, ...(instead === undefined ? {} : { instead }) }));
const bindings = () =>
  Object.fromEntries(inHsm(() => readLedgerBindings(keys(0, 1, 2, 3))).map(({ key, ledgers }) => [key, ledgers]));

describe("binding keys to a ledger", () => {
  it("begins with keys that belong to none, in a token that has a place for it", () => {
    expect(inHsm(() => readLedgerBindings(keys(0)))).toEqual([{ key: "first", ledgers: [], bindable: true }]);
  });

  it("binds the keys that are named, once, and adds further ones", () => {
    expect(bind(ours, [0])).toEqual(["first"]);
    expect(bind(ours, [0])).toEqual([]);
    expect(bind(ours, [0, 1])).toEqual(["second"]);
    expect(bindings()).toEqual({ first: [ours], second: [ours], third: [], fourth: [] });
  });

  it("lets several signers share a token, each key with its own ledger", () => {
    expect(bind(theirs, [2])).toEqual(["third"]);
    expect(bindings()).toMatchObject({ first: [ours], third: [theirs] });
  });

  it("refuses a key of another ledger, names that ledger, and binds none of the token's keys", () => {
    expect(() => bind(ours, [3, 2])).toThrow(`key third belongs to ledger ${theirs}`);
    expect(bindings()).toMatchObject({ third: [theirs], fourth: [] });
  });

  it("takes keys over from a ledger that is lost, and only the keys that are named", () => {
    expect(bind(lost, [1, 3], ours)).toEqual(["second", "fourth"]);
    expect(bindings()).toEqual({ first: [ours], second: [lost], third: [theirs], fourth: [lost] });
  });

  it("is told by the keeper with the keys", async () => {
    const keeper = await keeperOf(hsm, { keys: keys(0, 1) });
    try {
      expect(keeper.keys().map(({ name, ledgers }) => [name, ledgers])).toEqual([
        ["first", [ours]],
        ["second", [lost]],
      ]);
    } finally {
      await keeper.close();
    }
  });

  it("is hidden from whoever has not logged in", () => {
    const found = inToken(hsm, (cryptoki, session) => {
      const before = findObjects(cryptoki, session, { CKA_CLASS: 0 }).length;
      cryptoki.C_Logout(session);
      return [before, findObjects(cryptoki, session, { CKA_CLASS: 0 }).length];
    });
    expect(found).toEqual([3, 0]);
  });

  it("refuses a wrong public key and a missing token", () => {
    const [first] = keys(0);
    const bad = [{ name: "x", uri: String(first?.uri), publicKey: `0x04${"00".repeat(64)}` as const }];
    expect(() => inHsm(() => readLedgerBindings(bad))).toThrow("is not a point of secp256k1");
    const missing = [
      {
        ...bad[0],
        name: "x",
        publicKey: hsm.keys[0]?.publicKey ?? "0x",
        uri: String(first?.uri).replace("token=test", "token=none"),
      },
    ];
    expect(() => inHsm(() => readLedgerBindings(missing))).toThrow("Token none");
  });
});
