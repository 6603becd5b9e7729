import { formatKeyUri, parseKeyUri } from "../../../hsm/index.ts";
import { createSignerWorld, type SignerWorld } from "../../support/signerWorld.ts";
import type { SoftHsm } from "../../support/softhsm.ts";
import type { SimulatedDevice } from "./compile.ts";

export interface BenchWorldOptions {
  readonly hsm: SoftHsm;
  readonly sessions: number;
  /** Devices that hold the keys for destination 1 and 2 instead of SoftHSM. */
  readonly devices?: readonly SimulatedDevice[];
}

/** A signer's folder with a new ledger, its keys in SoftHSM or in simulated devices, and clients that may ask fast. */
export function createBenchWorld({ hsm, sessions, devices = [] }: BenchWorldOptions): Promise<SignerWorld> {
  return createSignerWorld({
    change(settings) {
      settings.keeper = { sessions };
      for (const [index, { uri, publicKey }] of hsm.keys.entries()) {
        const device = devices[index];
        const through = device ? formatKeyUri({ ...parseKeyUri(uri), module: device.module }) : uri;
        Object.assign(settings.keys[index], { uri: through, publicKey: device?.publicKey ?? publicKey });
      }
    },
    changePolicy(policy) {
      for (const client of policy.clients) client.rate = { perSecond: 100_000, burst: 100_000 };
    },
  });
}
