export { createDisputeFile } from "./disputeFile.ts";
export { readDisputes } from "./readDisputes.ts";
