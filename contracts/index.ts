export {
  type AleoAccount,
  type AleoCall,
  type AleoReceipt,
  openAleoAccount,
  programAddress,
} from "./aleo/aleoAccount.ts";
export { type BridgeProgramPlan, bridgeProgram, tokenServiceProgram } from "./aleo/bridgeProgram.ts";
export {
  createBlocks,
  type DevnodeFinding,
  type DevnodeOptions,
  devnodeCommand,
  devnodeHeight,
  devnodeKey,
  devnodeUrl,
  findDevnode,
  untilDevnodeIsReady,
} from "./aleo/devnode.ts";
export { type Devnode, startDevnode } from "./aleo/startDevnode.ts";
export { attestorAddress, remoteAddress } from "./aleo/values.ts";
export { anvilBinary } from "./anvilBinary.ts";
export { type Artifacts, type ContractName, compileContracts } from "./compileContracts.ts";
export { type DeployedSide, deployBridgePair, deployBridgeTo, type RemoteEnd, type SidePlan } from "./deployLocal.ts";
export { type Dispatch, sendTransfer, type Transfer } from "./sendTransfer.ts";
export type { Artifact } from "./solidityCompiler.ts";
