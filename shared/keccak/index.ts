export { keccak256 } from "./keccak256.ts";
