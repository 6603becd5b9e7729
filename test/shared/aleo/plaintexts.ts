import fc from "fast-check";
import { affineAll, extended } from "../../../shared/aleo/curve.ts";
import { windowGenerators } from "../../../shared/aleo/generators.ts";
import { isIdentifier } from "../../../shared/aleo/limits.ts";
import { literalTypes } from "../../../shared/aleo/literalTypes.ts";
import { boolean, list, number, numberTypes, type Plaintext, struct } from "../../../shared/aleo/plaintext.ts";
import { multiply } from "./curveMath.ts";

/** x-coordinates that an address or a group may have. */
export const subgroupX = fc
  .bigInt(1n, 1n << 64n)
  .map((times) => affineAll([multiply(extended(windowGenerators[0] ?? { x: 0n, y: 1n }), times)])[0]?.x ?? 0n);

const anyNumber = fc.constantFrom(...numberTypes).chain((type) => {
  const { least, limit } = literalTypes[type];
  const inRange = fc.oneof(fc.bigInt(least, limit - 1n), fc.constantFrom(least, limit - 1n, 0n));
  return (type === "address" || type === "group" ? subgroupX : inRange).map((value) => number(type, value));
});

const anyLiteral = fc.oneof({ weight: 9, arbitrary: anyNumber }, fc.boolean().map(boolean));
const anyName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,8}$/).filter(isIdentifier);

/** Any value of at most 4 levels. */
export const anyPlaintext: fc.Arbitrary<Plaintext> = fc.letrec<{ value: Plaintext }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", maxDepth: 3 },
    anyLiteral,
    fc
      .uniqueArray(fc.tuple(anyName, tie("value")), { minLength: 1, maxLength: 5, selector: ([name]) => name })
      .map((members) => struct(...members)),
    fc.array(tie("value"), { minLength: 1, maxLength: 5 }).map(list),
  ),
})).value;
