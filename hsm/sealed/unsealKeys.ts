import { AttestorError } from "../../shared/errors/index.ts";
import type { SealedKeyPlan } from "../keeper/keyPlan.ts";
import { readPin } from "../pin/pinFile.ts";
import { PinLatch } from "../pin/pinLatch.ts";
import { flag } from "../pkcs11/constants.ts";
import { type Cryptoki, call, loadCryptoki, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { findLedgerObjects, ledgersOfKey } from "../pkcs11/ledgerObject.ts";
import { logIn } from "../pkcs11/login.ts";
import { mayNameLedgers, profileOf } from "../pkcs11/profile.ts";
import { findToken } from "../pkcs11/token.ts";
import { unsealSeed } from "./seal.ts";
import { readSealedSeed, type SealContext } from "./sealedFile.ts";
import { findSealingKey } from "./sealingKey.ts";

export interface UnsealOptions {
  /** All by keys of one token. */
  readonly plans: readonly [SealedKeyPlan, ...SealedKeyPlan[]];
  /** Where rejected PINs are remembered. */
  readonly stateFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Takes each seed, in the order of the plans, before it is wiped. */
  readonly deliver: (seed: Buffer) => void;
}

/** What the token states of a sealed key: the AES key's attributes, and the ledgers that the key belongs to. */
export interface UnsealedKey {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly ledgers: readonly string[];
  readonly bindable: boolean;
}

/**
 * Has the token open each seed, and leaves the token: a session is needed for nothing else. All of it is synchronous.
 *
 * @throws AttestorError `module_unusable`, `token_missing`, `pin_unreadable`, `pin_rejected`, `pin_latched`, `key_missing`,
 * `key_mismatch`, `key_attribute`, `hsm_error`.
 */
export function unsealKeys({ plans, stateFolder, environment, deliver }: UnsealOptions): UnsealedKey[] {
  const { sealingKey: place } = plans[0].uri;
  const cryptoki = loadCryptoki(place.module);
  try {
    const token = findToken(cryptoki, { label: place.token, serial: place.serial });
    const profile = profileOf(token, place.vendor);
    const { readWriteSessions, dataObjects: bindable } = profile;
    const flags = flag.CKF_SERIAL_SESSION | (readWriteSessions ? flag.CKF_RW_SESSION : 0);
    const session = call("C_OpenSession", () => cryptoki.C_OpenSession(token.slot, flags));
    logIn(cryptoki, session, token, readPin(place.pinSource, environment), new PinLatch(stateFolder, token));
    const ledgers = mayNameLedgers(token, profile) ? findLedgerObjects(cryptoki, session) : [];
    return plans.map((plan) => {
      const attributes = unsealKey({ cryptoki, session }, plan, deliver);
      return { name: plan.name, attributes, ledgers: ledgersOfKey(ledgers, plan.spec.publicKey), bindable };
    });
  } finally {
    call("C_Finalize", () => cryptoki.C_Finalize());
  }
}

function unsealKey(
  { cryptoki, session }: { cryptoki: Cryptoki; session: SessionHandle },
  { name, spec, uri }: SealedKeyPlan,
  deliver: UnsealOptions["deliver"],
): UnsealedKey["attributes"] {
  const sealed = readSealedSeed(name, uri.sealedFile);
  const { id } = uri.sealingKey;
  const { publicKey: address, deployment, destination } = spec;
  if (sealed.address !== address) throw mismatch(name, address, sealed.address);
  const sealingKey = `0x${Buffer.from(id).toString("hex")}`;
  if (sealed.sealingKey !== sealingKey) {
    throw mismatch(name, `AES key ${sealingKey}`, `a seed sealed by AES key ${sealed.sealingKey}`);
  }
  const { handle: key, attributes } = findSealingKey(cryptoki, session, name, uri.sealingKey);
  const context: SealContext = { address, deployment, destination, sealingKey: id };
  const seed = unsealSeed({ cryptoki, session, key }, name, sealed, context);
  try {
    deliver(seed);
    return attributes;
  } finally {
    seed.fill(0);
  }
}

function mismatch(key: string, expected: string, found: string): AttestorError {
  return new AttestorError("key_mismatch", { key, expected, found });
}
