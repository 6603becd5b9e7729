export { JsonNumber } from "./jsonNumber.ts";
export { parseJson } from "./parseJson.ts";
export { stringifyJson } from "./stringifyJson.ts";
