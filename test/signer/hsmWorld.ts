import { startKeeper } from "../../hsm/index.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

/** A signer whose keys are in a SoftHSM token, behind the real keeper. */
export async function createHsmWorld(): Promise<{ hsm: SoftHsm; world: SignerWorld }> {
  const hsm = await createSoftHsm({
    keys: [
      { label: "to-one", id: "0001" },
      { label: "to-two", id: "0002" },
      { label: "audit", id: "0003" },
    ],
  });
  const environment = { ...process.env, ...hsm.env };
  const world = await createSignerWorld({
    startKeeper: (options) => startKeeper({ ...options, environment }),
    change(settings) {
      for (const [index, { uri, publicKey }] of hsm.keys.entries()) {
        Object.assign(settings.keys[index], { uri, publicKey });
      }
    },
  });
  return { hsm, world };
}
