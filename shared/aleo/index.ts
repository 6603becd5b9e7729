export { prepareBhp256 } from "./bhp256.ts";
export { type AleoNetwork, type AleoProgram, aleoNetworks, aleoProgram } from "./program.ts";
export { type FieldText, fieldBytes, formatField } from "./text.ts";
export { type VerulinkHashes, verulinkHashes } from "./verulinkHashes.ts";
