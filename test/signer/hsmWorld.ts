import { startKeeper } from "../../hsm/index.ts";
import { createSignerWorld, type Settings, type SignerWorld, type SignerWorldOptions } from "../support/signerWorld.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

export interface HsmWorldOptions extends Pick<SignerWorldOptions, "changePolicy"> {
  /** Called with the settings, keys in the token included, before they are written. */
  readonly change?: (settings: Settings, hsm: SoftHsm) => unknown;
  /** A further key of the token that no setting names yet. */
  readonly successor?: { readonly label: string; readonly id: string };
}

/** A signer whose keys are in a SoftHSM token, behind the real keeper. */
export async function createHsmWorld(options: HsmWorldOptions = {}): Promise<{ hsm: SoftHsm; world: SignerWorld }> {
  const hsm = await createSoftHsm({
    keys: [
      { label: "to-one", id: "0001" },
      { label: "to-two", id: "0002" },
      { label: "audit", id: "0003" },
      ...(options.successor ? [options.successor] : []),
    ],
  });
  const environment = { ...process.env, ...hsm.env };
  const world = await createSignerWorld({
    startKeeper: (keeperOptions) => startKeeper({ ...keeperOptions, environment }),
    ...(options.changePolicy && { changePolicy: options.changePolicy }),
    async change(settings) {
      for (const [index, { uri, publicKey }] of hsm.keys.slice(0, 3).entries()) {
        Object.assign(settings.keys[index], { uri, publicKey });
      }
      await options.change?.(settings, hsm);
    },
  });
  return { hsm, world };
}
