export { createAleoChain } from "./aleoChain.ts";
