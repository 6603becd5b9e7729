import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import type { Keystore, SigningKey } from "../keystore.ts";
import { readPin } from "../pin/pinFile.ts";
import { PinLatch } from "../pin/pinLatch.ts";
import { flag } from "./constants.ts";
import { type Cryptoki, call, loadCryptoki, type SessionHandle } from "./cryptoki.ts";
import { findLedgerObjects, type LedgerObject, ledgersOfKey } from "./ledgerObject.ts";
import { logIn } from "./login.ts";
import { type FoundKey, findPinnedKeys, type PinnedKey } from "./pinnedKeys.ts";
import { profileOf, type TokenProfile } from "./profile.ts";
import { SessionPool } from "./sessionPool.ts";
import { signDigest } from "./sign.ts";
import { findToken, type Token } from "./token.ts";

export interface Pkcs11Options {
  /** All in the same token, reached by the same module and PIN file. */
  readonly keys: readonly [PinnedKey, ...PinnedKey[]];
  /** How many signatures may be made in the token at the same time. */
  readonly sessions: number;
  /** Where rejected PINs are remembered. */
  readonly stateFolder: string;
  readonly environment: NodeJS.ProcessEnv;
}

/** Keys in a PKCS#11 token. A process can have one keystore open for each module. */
export function createPkcs11Keystore(options: Pkcs11Options): Keystore {
  let cryptoki: Cryptoki | undefined;
  const close = () => {
    const opened = cryptoki;
    cryptoki = undefined;
    if (opened) call("C_Finalize", () => opened.C_Finalize());
  };
  return {
    async open() {
      cryptoki = loadCryptoki(options.keys[0].uri.module);
      try {
        return openKeys(cryptoki, options);
      } catch (error) {
        close();
        throw error;
      }
    },
    async close() {
      close();
    },
  };
}

function openKeys(cryptoki: Cryptoki, { keys, sessions, stateFolder, environment }: Pkcs11Options): SigningKey[] {
  const { uri } = keys[0];
  const token = findToken(cryptoki, { label: uri.token, serial: uri.serial });
  const profile = profileOf(token);
  // never closed while signing: a login ends with the token's last session
  const control = openSession(cryptoki, token, profile);
  const latch = new PinLatch(stateFolder, token);
  logIn(cryptoki, control, token, readPin(uri.pinSource, environment), latch);
  const found = findPinnedKeys(cryptoki, control, profile, keys);
  const ledgers = profile.dataObjects ? findLedgerObjects(cryptoki, control) : [];
  const pool = new SessionPool(
    {
      open: () => openSession(cryptoki, token, profile),
      close: (session) => closeSession(cryptoki, session),
    },
    sessions,
  );
  return found.map((key) => signingKey(cryptoki, pool, key, ledgers));
}

function signingKey(
  cryptoki: Cryptoki,
  pool: SessionPool,
  { pinned, privateKey, attributes }: FoundKey,
  ledgers: readonly LedgerObject[],
): SigningKey {
  return {
    name: pinned.name,
    publicKey: pinned.publicKey,
    attributes,
    ledgers: ledgersOfKey(ledgers, addressOfPublicKey(pinned.publicKey)),
    sign: (digest) => pool.use((session) => signDigest(cryptoki, session, privateKey, digest)),
  };
}

function openSession(cryptoki: Cryptoki, { slot }: Token, profile: TokenProfile): SessionHandle {
  const flags = flag.CKF_SERIAL_SESSION | (profile.readWriteSessions ? flag.CKF_RW_SESSION : 0);
  return call("C_OpenSession", () => cryptoki.C_OpenSession(slot, flags));
}

function closeSession(cryptoki: Cryptoki, session: SessionHandle): void {
  try {
    cryptoki.C_CloseSession(session);
  } catch {
    // it is being given up because it failed; a module that has lost it already has nothing left to close
  }
}
