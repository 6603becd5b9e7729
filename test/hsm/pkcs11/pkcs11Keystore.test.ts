import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import { createPkcs11Keystore } from "../../../hsm/pkcs11/pkcs11Keystore.ts";
import { publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { describeKeystore, type KeystoreFixture } from "../keystoreContract.ts";

let hsm: SoftHsm;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "first", id: "0001" },
      { label: "second", id: "0002" },
    ],
  });
  process.env.SOFTHSM2_CONF = hsm.confFile; // SoftHSM is used in this process, which runs this file alone
});

afterAll(() => hsm.remove());

describeKeystore("PKCS#11 (SoftHSM)", async () => {
  const keyAt = (index: number) => {
    const { label: name, publicKey, uri } = hsm.keys[index] ?? { label: "", publicKey: "", uri: "" };
    return { name, uri: parseKeyUri(uri), publicKey: publicKeyFromHex(publicKey) ?? new Uint8Array() };
  };
  const [first, second] = [keyAt(0), keyAt(1)];
  const keys: KeystoreFixture["keys"] = [
    { name: first.name, publicKey: first.publicKey },
    { name: second.name, publicKey: second.publicKey },
  ];
  return {
    keys,
    create: (pins) =>
      createPkcs11Keystore({
        keys: [
          { ...first, publicKey: pins[0] },
          { ...second, publicKey: pins[1] },
        ],
        sessions: 3,
        stateFolder: path.join(hsm.folder, "state"),
        environment: {},
        notice: ({ call, code }) => {
          throw new Error(`${call} failed with ${code}`);
        },
      }),
  };
});
