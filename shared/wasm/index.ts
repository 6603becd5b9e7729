export { assembleModule, FunctionWriter, type Operation, type WasmFunction } from "./assembler.ts";
export { instantiate } from "./instantiate.ts";
