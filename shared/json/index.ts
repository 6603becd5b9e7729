export { JsonNumber, parseJson } from "./parseJson.ts";
export { stringifyJson } from "./stringifyJson.ts";
