import path from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Keystore, SealedKeySpec } from "../../../hsm/index.ts";
import { planKeys, sealedPlans } from "../../../hsm/keeper/keyPlan.ts";
import { createSealedSigner } from "../../../hsm/sealed/signer.ts";
import { unsealKeys } from "../../../hsm/sealed/unsealKeys.ts";
import {
  type AleoAddressText,
  fieldMessage,
  isSchnorrText,
  verifiesMessage,
  verulinkAleoSchnorr,
} from "../../../shared/aleo/index.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { describeKeystore } from "../keystoreContract.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { packetToAleo } from "../support/packets.ts";
import { sealKey } from "../support/sealedKey.ts";

let hsm: SoftHsm;
let specs: readonly [SealedKeySpec, SealedKeySpec];

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [] });
  specs = [sealKey(hsm, "first", "0001").spec, sealKey(hsm, "second", "0002").spec];
});

afterAll(() => hsm.remove());

/** There is no way to have bare bytes signed, so that they go into a packet. */
function packetOf(message: Uint8Array): Packet {
  const number = BigInt(`0x${Buffer.from(message).toString("hex")}`);
  const amount = BigInt.asUintN(128, number);
  return { ...packetToAleo, sequence: number >> 192n, message: { ...packetToAleo.message, amount } };
}

/** Unseals and signs in this process what a keeper and its signer do in two. */
function keystoreOf(keys: readonly SealedKeySpec[]): Keystore {
  const seeds: Buffer[] = [];
  const readSeed = (seed: Buffer) => seeds.shift()?.copy(seed) === seed.length;
  const signer = createSealedSigner({ readSeed, closeSeeds: () => {}, network: "none" });
  return {
    async open() {
      // a list that names one account twice is refused before any token is asked
      const [first, ...rest] = keys.flatMap((spec) => sealedPlans(planKeys([spec])));
      if (!first) throw new Error("a key was expected");
      const stated = withSoftHsmEnvironment(hsm, () =>
        unsealKeys({
          plans: [first, ...rest],
          ...{ stateFolder: path.join(hsm.folder, "state"), environment: {} },
          deliver: (seed) => seeds.push(Buffer.from(seed)),
        }),
      );
      await signer.open({ keys: [...keys], sessions: 1, stateFolder: "/", callDeadlineMs: 1 });
      return keys.map(({ name, publicKey }, index) => ({
        ...{
          name,
          publicKey: Buffer.from(publicKey),
          attributes: stated[index]?.attributes ?? {},
          ledgers: [],
          bindable: false,
        },
        async sign(message) {
          const { signature } = await signer.attest({ key: name, packet: packetOf(message), verdict: "white" });
          return Buffer.from(signature);
        },
      }));
    },
    close: async () => void (await signer.close({})),
  };
}

describeKeystore(
  "a sealed Aleo key",
  async () => ({
    keys: [
      { name: "first", publicKey: Buffer.from(specs[0].publicKey) },
      { name: "second", publicKey: Buffer.from(specs[1].publicKey) },
    ],
    create: (pins) =>
      keystoreOf(
        specs.map((spec, at) => ({ ...spec, publicKey: `${Buffer.from(pins[at] ?? [])}` as AleoAddressText })),
      ),
  }),
  {
    verifies(signature, message, publicKey) {
      const { digest } = verulinkAleoSchnorr(packetOf(message), "white");
      const text = Buffer.from(signature).toString();
      return isSchnorrText(text) && verifiesMessage(text, Buffer.from(publicKey).toString(), fieldMessage(digest));
    },
    signatureBytes: 216,
    refusedLengths: [],
    closed: "key_missing",
  },
);
