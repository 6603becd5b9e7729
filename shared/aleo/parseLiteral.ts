import { isSubgroupX } from "./curve.ts";
import { literalTypes } from "./literalTypes.ts";
import { boolean, type Literal, number, numberTypes } from "./plaintext.ts";
import { addressNumber } from "./text.ts";

/** No integer of any type has more digits. */
const decimal = /^(-?[1-9][0-9]{0,76}|0)([a-z][a-z0-9]*)$/;

/** The literal in its one spelling: `true`, `aleo1…`, or a decimal integer and its type. @returns undefined if it is none. */
export function parseLiteral(text: string): Literal | undefined {
  if (text === "true" || text === "false") return boolean(text === "true");
  const address = addressNumber(text);
  if (address !== undefined) return isSubgroupX(address) ? number("address", address) : undefined;
  const [, digits = "", suffix] = decimal.exec(text) ?? [];
  const type = numberTypes.find((candidate) => candidate === suffix);
  if (type === undefined || type === "address") return undefined;
  const value = BigInt(digits);
  const { least, limit } = literalTypes[type];
  const isInRange = value >= least && value < limit && (type !== "group" || isSubgroupX(value));
  return isInRange ? number(type, value) : undefined;
}
