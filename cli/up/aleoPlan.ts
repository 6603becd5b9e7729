import path from "node:path";
import type { DevnodeFinding } from "../../contracts/index.ts";
import type { AleoNetwork } from "../../shared/aleo/index.ts";
import { aleoEcdsaSchemeName, type SchemeName } from "../../shared/digest/index.ts";

/** The Aleo side of a local network: one more chain, bridged with alpha by contracts and keys of its own. */
export interface AleoPlan {
  readonly name: "aleo";
  readonly chainId: bigint;
  readonly network: AleoNetwork;
  readonly program: string;
  /** Address of the token service program, and of the user who sends and receives there. */
  readonly service: string;
  readonly user: string;
  /** The token, as packets towards Aleo name it. */
  readonly token: string;
  readonly deployment: string;
  readonly port: number;
  readonly journal: string;
  readonly settingsFile: string;
  /** What runs the bridge's program, or why the stand-in takes its place. */
  readonly node: DevnodeFinding;
}

/** @param folder of the network's state. */
export function planAleo(folder: string, port: number, node: DevnodeFinding): AleoPlan {
  return {
    name: "aleo",
    chainId: 1003n,
    network: "testnet",
    program: "attested_bridge.aleo",
    service: "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px",
    user: "aleo18z337vpafgfgmpvd4dgevel6la75r8eumcmuyafp6aa4nnkqmvrsht2skn",
    token: "1field",
    deployment: "local-aleo",
    port,
    journal: path.join(folder, "chains", "aleo.jsonl"),
    settingsFile: path.join(folder, "chains", "aleo.settings.json"),
    node,
  };
}

/** What attestations of packets to that side are signed over. */
export function aleoScheme({ network, program }: Pick<AleoPlan, "network" | "program">): SchemeName {
  return aleoEcdsaSchemeName({ network, program });
}
