import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import type { FaultNotice, Keystore, SigningKey } from "../keystore.ts";
import { readPin } from "../pin/pinFile.ts";
import { PinLatch } from "../pin/pinLatch.ts";
import { type Cryptoki, call, loadCryptoki, type SessionHandle } from "./cryptoki.ts";
import { findLedgerObjects, ledgersOfKey } from "./ledgerObject.ts";
import { logIn } from "./login.ts";
import { OpenToken } from "./openToken.ts";
import type { PinnedKey } from "./pinnedKeys.ts";
import { mayNameLedgers, profileOf } from "./profile.ts";
import { findToken } from "./token.ts";

export interface Pkcs11Options {
  /** All in the same token, reached by the same module and PIN file. */
  readonly keys: readonly [PinnedKey, ...PinnedKey[]];
  /** How many signatures may be made in the token at the same time. */
  readonly sessions: number;
  /** Where rejected PINs are remembered. */
  readonly stateFolder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Told of every fault after which the device was asked again. */
  readonly notice: (notice: FaultNotice) => void;
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

function openKeys(cryptoki: Cryptoki, options: Pkcs11Options): SigningKey[] {
  const { keys, sessions, stateFolder, environment, notice } = options;
  const { uri } = keys[0];
  const token = findToken(cryptoki, { label: uri.token, serial: uri.serial });
  const profile = profileOf(token, uri.vendor);
  const latch = new PinLatch(stateFolder, token);
  // the PIN is read anew for each login, and is in this process's memory only meanwhile
  const login = (session: SessionHandle) => logIn(cryptoki, session, token, readPin(uri.pinSource, environment), latch);
  const open = new OpenToken({ cryptoki, token, profile, keys, sessions, logIn: login, notice });
  const ledgers = mayNameLedgers(token, profile) ? findLedgerObjects(cryptoki, open.control) : [];
  return open.keys.map(({ pinned, attributes }) => ({
    name: pinned.name,
    publicKey: pinned.publicKey,
    attributes,
    ledgers: ledgersOfKey(ledgers, addressOfPublicKey(pinned.publicKey)),
    bindable: profile.dataObjects,
    sign: (digest) => open.sign(pinned.name, digest),
  }));
}
