import path from "node:path";
import { hexToBytes } from "@noble/hashes/utils.js";
import { parseKeyUri } from "../../../hsm/index.ts";
import { createPkcs11Keystore } from "../../../hsm/pkcs11/pkcs11Keystore.ts";
import type { Hex } from "../../../shared/digest/index.ts";
import { publicKeyFromHex, recoverableSignature } from "../../../shared/ecdsa/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import type { Slot } from "./consumeInputs.ts";

export interface Attestors {
  readonly hsm: SoftHsm;
  /** EIP-55, in the order of the keys. */
  readonly addresses: readonly string[];
  /** The slot that the key at that place signs for a digest. */
  sign(index: number, digest: Hex): Promise<Slot>;
  remove(): Promise<void>;
}

/** Keys generated inside a SoftHSM token, opened as the keeper opens them. One set of them in a process. */
export async function createAttestors(count: number): Promise<Attestors> {
  const names = Array.from({ length: count }, (_, index) => ({ label: `attestor-${index}`, id: `000${index}` }));
  const hsm = await createSoftHsm({ keys: names });
  process.env.SOFTHSM2_CONF = hsm.confFile; // SoftHSM is used in this process, which runs this file alone
  const [first, ...rest] = hsm.keys.map(({ label: name, publicKey, uri }) => ({
    name,
    uri: parseKeyUri(uri),
    publicKey: publicKeyFromHex(publicKey) ?? new Uint8Array(),
  }));
  if (first === undefined) throw new RangeError("at least one key is needed");
  const keystore = createPkcs11Keystore({
    keys: [first, ...rest],
    sessions: 1,
    stateFolder: path.join(hsm.folder, "state"),
    environment: {},
    notice: ({ call, code }) => {
      throw new Error(`${call} failed with ${code}`);
    },
  });
  const keys = await keystore.open();
  return {
    hsm,
    addresses: hsm.keys.map(({ address }) => address),
    async sign(index, digest) {
      const [key, named] = [keys[index], hsm.keys[index]];
      if (!key || !named) throw new RangeError(`there is no key ${index}`);
      const bytes = hexToBytes(digest.slice(2));
      const signature = recoverableSignature(await key.sign(bytes), bytes, key.publicKey);
      if (signature === undefined) throw new Error("the token's signature does not verify");
      return { signature, signer: named.address };
    },
    async remove() {
      await keystore.close();
      hsm.remove();
    },
  };
}
