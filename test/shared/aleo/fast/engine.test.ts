import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, affineAll, curveD, extended, identity } from "../../../../shared/aleo/curve.ts";
import { startEngine } from "../../../../shared/aleo/fast/engine.ts";
import { addendBytes, pointBytes } from "../../../../shared/aleo/fast/fieldCode.ts";
import { inverter, inverterBytes } from "../../../../shared/aleo/fast/inversion.ts";
import {
  elementBytes,
  limbBits,
  limbCount,
  limbsOf,
  montgomeryLimbs,
  valueOfLimbs,
} from "../../../../shared/aleo/fast/limbs.ts";
import { fieldModulus, invert, reduce } from "../../../../shared/aleo/field.ts";
import { pointsWithX } from "../curveMath.ts";

const engine = startEngine(8 * elementBytes + 2 * pointBytes + addendBytes + inverterBytes);
const [left, right, target] = [1, 2, 3].map(() => engine.allocate(elementBytes)) as [number, number, number];
const invertElement = inverter(engine);
const radix = 1n << 261n;

const write = (address: number, limbs: Int32Array) => engine.memory.set(limbs, address / 4);
const read = (address: number) => engine.memory.slice(address / 4, address / 4 + limbCount);

const element = fc.oneof(
  fc.bigInt(0n, fieldModulus - 1n),
  fc.constantFrom(0n, 1n, 2n, fieldModulus - 1n, fieldModulus - 2n, (1n << 252n) - 1n),
);

/** Limbs of which each may be what a sum or a difference of two results leaves, the highest one a little beyond that. */
const limbsWithin = (least: number, most: number) =>
  fc
    .tuple(
      fc.array(fc.oneof(fc.integer({ min: least, max: most }), fc.constantFrom(least, most)), {
        minLength: 8,
        maxLength: 8,
      }),
      fc.oneof(fc.integer({ min: -(2 ** 22), max: 2 ** 22 }), fc.constantFrom(-(2 ** 22), -1, 0, 2 ** 22)),
    )
    .map(([low, top]) => Int32Array.of(...low, top));
const full = 2 ** limbBits - 1;

describe("multiplication in WebAssembly", () => {
  it("gives the product", () => {
    fc.assert(
      fc.property(element, element, (a, b) => {
        write(left, montgomeryLimbs(a));
        write(right, montgomeryLimbs(b));
        engine.multiply(target, left, right);
        expect(reduce(valueOfLimbs(read(target)) * invert(radix))).toBe(reduce(a * b));
      }),
      { numRuns: 500 },
    );
  });

  it("gives it for a difference and a sum that nobody carried, in limbs fit for the next step", () => {
    fc.assert(
      fc.property(limbsWithin(-full, full), limbsWithin(0, 2 * full), (a, b) => {
        write(left, a);
        write(right, b);
        engine.multiply(target, left, right);
        const limbs = read(target);
        expect(reduce(valueOfLimbs(limbs) * radix)).toBe(reduce(valueOfLimbs(a) * valueOfLimbs(b)));
        for (const limb of limbs.slice(0, 8)) expect(limb >= 0 && limb <= full).toBe(true);
        const [least, most] = [-fieldModulus / 32n, fieldModulus + fieldModulus / 32n];
        expect(valueOfLimbs(limbs) > least && valueOfLimbs(limbs) < most).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it("may write over a factor", () => {
    write(left, montgomeryLimbs(3n));
    engine.multiply(left, left, left);
    engine.multiply(left, left, left);
    expect(reduce(valueOfLimbs(read(left)) * invert(radix))).toBe(81n);
  });
});

it("inversion in WebAssembly gives the inverse", () => {
  fc.assert(
    fc.property(element, (a) => {
      fc.pre(a !== 0n);
      write(left, montgomeryLimbs(a));
      invertElement(left);
      expect(reduce(valueOfLimbs(read(left)) * invert(radix))).toBe(invert(a));
    }),
    { numRuns: 50 },
  );
});

describe("addition in WebAssembly", () => {
  const [point, addend] = [engine.allocate(pointBytes), engine.allocate(addendBytes)];
  const anyPoint = element.filter((x) => pointsWithX(x).length > 0).chain((x) => fc.constantFrom(...pointsWithX(x)));
  const coordinate = (index: number) => reduce(valueOfLimbs(read(point + index * elementBytes)) * invert(radix));

  it("adds up as the reference does, whatever the points", () => {
    fc.assert(
      fc.property(fc.array(anyPoint, { minLength: 1, maxLength: 6 }), (points) => {
        let expected = identity;
        for (const [index, part] of [0n, 1n, 1n, 0n].entries())
          write(point + index * elementBytes, montgomeryLimbs(part));
        for (const { x, y } of points) {
          expected = add(expected, extended({ x, y }));
          const parts = [invert(2n) * (y + x), invert(2n) * (y - x), curveD * x * y];
          for (const [index, part] of parts.entries()) write(addend + index * elementBytes, montgomeryLimbs(part));
          engine.add(point, addend);
        }
        const sum = { x: coordinate(0), y: coordinate(1), z: coordinate(2), t: coordinate(3) };
        expect(affineAll([sum])).toEqual(affineAll([expected]));
        expect(reduce(sum.t * sum.z)).toBe(reduce(sum.x * sum.y));
      }),
      { numRuns: 60 },
    );
  });

  it("does not overflow where sums of the largest limbs meet", () => {
    const largest = (1n << 252n) - 1n;
    // with addends of 1 in Montgomery's form a and b are y, c is t, and the new y is (z + t) times (y + y)
    for (const [index, part] of [0n, largest, largest, largest].entries()) {
      write(point + index * elementBytes, limbsOf(part));
    }
    for (const index of [0, 1, 2]) write(addend + index * elementBytes, montgomeryLimbs(1n));
    engine.add(point, addend);
    expect(coordinate(1)).toBe(reduce(4n * largest * largest * invert(radix) * invert(radix)));
  });
});

it("memory that is not there is not given out", () => {
  const small = startEngine(elementBytes);
  expect(() => small.allocate(1 << 17)).toThrow(RangeError);
});
