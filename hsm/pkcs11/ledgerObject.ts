import { readAttribute, type Template } from "./attributes.ts";
import { objectClass } from "./constants.ts";
import type { Cryptoki, ObjectHandle, SessionHandle } from "./cryptoki.ts";
import { findObjects } from "./findObjects.ts";

const label = Buffer.from("hsm-attestor-ledger", "utf8");

/**
 * A data object in a token that says to which ledger some of its keys belong: one object for each set of keys that was
 * bound together. Its value is text: the ledger's id, then the EIP-55 address of each key, a line each.
 */
export interface LedgerObject {
  readonly handle: ObjectHandle;
  readonly ledger: string;
  /** EIP-55. */
  readonly keys: readonly string[];
}

/** The template of a new object. It can be destroyed, because a ledger can be lost for good; it cannot be edited. */
export function ledgerObjectTemplate(ledger: string, keys: readonly string[]): Template {
  return {
    CKA_CLASS: objectClass.CKO_DATA,
    CKA_TOKEN: true,
    CKA_PRIVATE: true,
    CKA_MODIFIABLE: false,
    CKA_LABEL: label,
    CKA_APPLICATION: Buffer.from("hsm-attestor", "utf8"),
    CKA_VALUE: Buffer.from([ledger, ...keys].join("\n"), "utf8"),
  };
}

/** Every such object in the token. The user has logged in: the objects are private. */
export function findLedgerObjects(cryptoki: Cryptoki, session: SessionHandle): LedgerObject[] {
  const found = findObjects(cryptoki, session, { CKA_CLASS: objectClass.CKO_DATA, CKA_LABEL: label });
  return found.map((handle) => {
    const value = readAttribute(cryptoki, session, handle, "CKA_VALUE")?.toString("utf8") ?? "";
    const [ledger = "", ...keys] = value.split("\n");
    return { handle, ledger, keys };
  });
}

/** The ids of the ledgers that a key is bound to; a sound token names at most one. */
export function ledgersOfKey(objects: readonly LedgerObject[], address: string): string[] {
  return [...new Set(objects.filter(({ keys }) => keys.includes(address)).map(({ ledger }) => ledger))];
}
