import path from "node:path";
import type { AleoAddressText } from "../../shared/aleo/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { addressOfKey } from "../../shared/signature/index.ts";
import { isKmsUri, isSealedUri, type KeyUri, type PinSource, parseAnyKeyUri, tokenOf } from "../keyUri/index.ts";
import { readPin } from "../pin/pinFile.ts";
import { encodeTemplate } from "../pkcs11/attributes.ts";
import { type Cryptoki, call, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { findLedgerObjects, ledgerObjectTemplate, ledgersOfKey } from "../pkcs11/ledgerObject.ts";
import { mayNameLedgers, profileOf } from "../pkcs11/profile.ts";
import { findToken } from "../pkcs11/token.ts";
import { withCryptoki, withLogin } from "./withCryptoki.ts";

/** A key as the configuration names it. */
export interface BindableKey {
  readonly name: string;
  /** A token is logged in to with the PIN that the URI points to. AWS KMS has no place for a ledger's id. */
  readonly uri: string;
  /** 65 bytes, or a sealed key's Aleo address. */
  readonly publicKey: Hex | AleoAddressText;
}

/** To which ledger a key belongs, as its token says. */
export interface KeyBinding {
  readonly key: string;
  /** None for a key that nobody has bound; more than one is a contradiction. */
  readonly ledgers: readonly string[];
  /** False for a token that has no place for it. */
  readonly bindable: boolean;
}

/** How tokens are logged in to. */
export interface TokenAccess {
  /** The keeper's state folder, where rejected PINs are remembered; default the folder of the PIN's file. */
  readonly latchFolder?: string;
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Reads to which ledger each key belongs.
 *
 * @throws AttestorError `token_missing`, `pin_unreadable`, `pin_rejected`, `pin_latched`, `module_unusable`, `hsm_error`.
 */
export function readLedgerBindings(keys: readonly BindableKey[], visit: TokenAccess = {}): KeyBinding[] {
  const elsewhere = keys.filter(({ uri }) => isKmsUri(parseAnyKeyUri(uri)));
  const unbindable = elsewhere.map(({ name }): KeyBinding => ({ key: name, ledgers: [], bindable: false }));
  const inTokens = inEachToken(keys, visit, ({ cryptoki, session, dataObjects, nameLedgers, keys: inToken }) => {
    const objects = nameLedgers ? findLedgerObjects(cryptoki, session) : [];
    return inToken.map(({ name, address }) => ({
      key: name,
      ledgers: ledgersOfKey(objects, address),
      bindable: dataObjects,
    }));
  });
  return [...inTokens, ...unbindable];
}

export interface BindingRequest extends TokenAccess {
  readonly keys: readonly BindableKey[];
  /** Id of the ledger that the keys are to belong to. */
  readonly ledger: string;
  /** Id of a ledger that is lost for good: keys that belong to it are taken from it. */
  readonly instead?: string;
}

/**
 * Writes into each token that its keys belong to a ledger. A key that does so already, and a token that has no place for
 * it, are left as they are.
 *
 * @returns the names of the keys that were bound.
 * @throws AttestorError `conflict` for a key that belongs to another ledger; what `readLedgerBindings` throws.
 */
export function bindKeysToLedger({ keys, ledger, instead, ...access }: BindingRequest): string[] {
  return inEachToken(keys, access, ({ cryptoki, session, dataObjects, keys: inToken }) => {
    if (!dataObjects) return [];
    const objects = findLedgerObjects(cryptoki, session);
    for (const { name, address } of inToken) {
      const other = ledgersOfKey(objects, address).find((id) => id !== ledger && id !== instead);
      if (other !== undefined) {
        throw new AttestorError("conflict", { reason: `key ${name} belongs to ledger ${other}, its token says` });
      }
    }
    const unbound = inToken.filter(({ address }) => !ledgersOfKey(objects, address).includes(ledger));
    const addresses = unbound.map(({ address }) => address);
    if (unbound.length > 0) createObject(cryptoki, session, ledger, addresses);
    for (const object of objects) {
      if (object.ledger !== instead || instead === ledger) continue;
      const others = object.keys.filter((address) => !inToken.some((key) => key.address === address));
      if (others.length === object.keys.length) continue;
      if (others.length > 0) createObject(cryptoki, session, object.ledger, others);
      call("C_DestroyObject", () => cryptoki.C_DestroyObject(session, object.handle));
    }
    return unbound.map(({ name }) => name);
  });
}

function createObject(cryptoki: Cryptoki, session: SessionHandle, ledger: string, addresses: readonly string[]): void {
  const template = encodeTemplate(ledgerObjectTemplate(ledger, addresses));
  call("C_CreateObject", () => cryptoki.C_CreateObject(session, template));
}

interface TokenVisit {
  readonly cryptoki: Cryptoki;
  /** Read/write, the user logged in. */
  readonly session: SessionHandle;
  /** Whether it may be given an object with a ledger's id, as the named vendor's tokens are. */
  readonly dataObjects: boolean;
  /** Whether there may be such objects already. */
  readonly nameLedgers: boolean;
  readonly keys: readonly { readonly name: string; readonly address: string }[];
}

function inEachToken<T>(keys: readonly BindableKey[], access: TokenAccess, visit: (token: TokenVisit) => T[]): T[] {
  const located = keys.flatMap(({ name, uri: text, publicKey }) => {
    const uri = parseAnyKeyUri(text);
    if (isKmsUri(uri)) return [];
    return [{ name, uri: isSealedUri(uri) ? uri.sealingKey : uri, address: addressOf(publicKey) }];
  });
  const tokens = Map.groupBy(located, ({ uri }) => tokenOf(uri));
  return [...tokens.values()].flatMap(([first, ...rest]) =>
    first ? visitToken(first.uri, [first, ...rest], access, visit) : [],
  );
}

function visitToken<T>(uri: KeyUri, keys: TokenVisit["keys"], access: TokenAccess, visit: (token: TokenVisit) => T): T {
  const { environment = process.env, latchFolder = folderOf(uri.pinSource, environment) } = access;
  const pin = { ...readPin(uri.pinSource, environment), latchFolder };
  return withCryptoki(uri.module, (cryptoki) => {
    const token = findToken(cryptoki, { label: uri.token, serial: uri.serial });
    const profile = profileOf(token, uri.vendor);
    const { dataObjects } = profile;
    const nameLedgers = mayNameLedgers(token, profile);
    return withLogin(cryptoki, token, pin, (session) => visit({ cryptoki, session, dataObjects, nameLedgers, keys }));
  });
}

function folderOf(source: PinSource, { CREDENTIALS_DIRECTORY = "." }: NodeJS.ProcessEnv): string {
  return "file" in source ? path.dirname(source.file) : CREDENTIALS_DIRECTORY;
}

function addressOf(publicKey: BindableKey["publicKey"]): string {
  const address = addressOfKey(publicKey);
  if (address !== undefined) return address;
  throw new AttestorError("invalid_field", { field: "publicKey", reason: "is not a point of secp256k1" });
}
