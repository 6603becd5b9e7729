export { anvilBinary } from "./anvilBinary.ts";
export { type Artifacts, type ContractName, compileContracts } from "./compileContracts.ts";
export { type DeployedSide, deployBridgePair, deployBridgeTo, type RemoteEnd, type SidePlan } from "./deployLocal.ts";
export { type Dispatch, sendTransfer, type Transfer } from "./sendTransfer.ts";
export type { Artifact } from "./solidityCompiler.ts";
