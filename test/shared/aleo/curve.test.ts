import { blake2s as nobleBlake2s } from "@noble/hashes/blake2.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { add, affineAll, curveD, double, extended, isSubgroupX, subgroupOrder } from "../../../shared/aleo/curve.ts";
import { fieldModulus, invert, invertAll, isSquare, reduce } from "../../../shared/aleo/field.ts";
import { windowGenerators } from "../../../shared/aleo/generators.ts";
import { power, squareRoot } from "../../../shared/aleo/squareRoot.ts";
import { blake2s } from "./blake2Xs.ts";
import { isOnCurve, multiply, pointsWithX } from "./curveMath.ts";
import { hashToCurve } from "./hashToCurve.ts";

const element = fc.oneof(
  fc.bigInt(0n, fieldModulus - 1n),
  fc.constantFrom(0n, 1n, 2n, fieldModulus - 1n, fieldModulus - 2n),
);

describe("the field", () => {
  it("inverts one element as it inverts many", () => {
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 9 }), (values) => {
        fc.pre(!values.includes(0n));
        const inverses = values.map(invert);
        expect(values.map((value, index) => reduce(value * (inverses[index] ?? 0n)))).toEqual(values.map(() => 1n));
        expect(invertAll(values)).toEqual(inverses);
      }),
      { numRuns: 50 },
    );
  });

  it("tells squares as Euler's criterion does", () => {
    fc.assert(
      fc.property(element, (value) => {
        expect(isSquare(value)).toBe(power(value, (fieldModulus - 1n) / 2n) === 1n);
        expect(isSquare(value * value)).toBe(value !== 0n);
        expect(isSquare(value + fieldModulus)).toBe(isSquare(value));
      }),
    );
    // up to the highest power of 2 that divides the modulus less one, and beyond
    for (let exponent = 0n; exponent < 253n; exponent++) {
      expect(isSquare(1n << exponent)).toBe(power(1n << exponent, (fieldModulus - 1n) / 2n) === 1n);
    }
  });

  it("finds a square's root, and none of what is no square", () => {
    fc.assert(
      fc.property(element, (value) => {
        const [root, other] = [squareRoot(value * value), squareRoot(value)];
        expect([value, reduce(-value)]).toContain(root);
        expect(other === undefined ? isSquare(value) : reduce(other * other)).toBe(other === undefined ? false : value);
      }),
      { numRuns: 60 },
    );
  });

  it("has no inverse of zero", () => {
    expect(() => invert(fieldModulus)).toThrow(RangeError);
    expect(() => invertAll([1n, 0n])).toThrow(RangeError);
  });
});

describe("the points that BHP256 starts from", () => {
  it("come from a BLAKE2s that agrees with another one where that can be asked", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (message) => {
        const plain = Uint8Array.of(32, 0, 1, 1, ...new Uint8Array(28));
        expect(blake2s(plain, message)).toEqual(nobleBlake2s(message));
      }),
    );
  });

  it("come from a hash-to-curve that gives snarkVM's own test vector", () => {
    const { point, tries } = hashToCurve("Aleo Edwards BLS12");
    expect(tries).toBe(4);
    expect(point).toEqual({
      x: 1540945439182663264862696551825005342995406165131907382295858612069623286213n,
      y: 8003546896475222703853313610036801932325312921786952001586936882361378122196n,
    });
  });

  it.each(windowGenerators.map((generator, index) => ({ generator, index })))(
    "are derived again: window $index",
    ({ generator, index }) => {
      expect(hashToCurve(`Aleo.BHP.3.57.AleoBHP256.${index}`).point).toEqual(generator);
    },
  );
});

describe("the curve", () => {
  const anyPoint = element.filter((x) => pointsWithX(x).length > 0).chain((x) => fc.constantFrom(...pointsWithX(x)));

  it("adds points to points of the curve, in any order", () => {
    fc.assert(
      fc.property(anyPoint, anyPoint, (p, q) => {
        const [sum, other] = affineAll([add(extended(p), extended(q)), add(extended(q), extended(p))]);
        expect(sum !== undefined && isOnCurve(sum)).toBe(true);
        expect(sum).toEqual(other);
      }),
      { numRuns: 30 },
    );
  });

  it("has 4 times the order of the subgroup as many points", () => {
    fc.assert(
      fc.property(anyPoint, (point) => {
        const [sum] = affineAll([multiply(extended(point), 4n * subgroupOrder)]);
        expect(sum).toEqual({ x: 0n, y: 1n });
      }),
      { numRuns: 10 },
    );
  });

  it("doubles as it adds", () => {
    const [generator] = windowGenerators;
    if (generator === undefined) throw new Error("no generator");
    expect(affineAll([double(extended(generator))])).toEqual(affineAll([multiply(extended(generator), 2n)]));
  });

  it("has a d for which its addition has no exceptions", () => {
    expect(isSquare(curveD)).toBe(false);
    expect(isSquare(-1n)).toBe(true);
  });
});

describe("x-coordinates of the subgroup", () => {
  /** The definition: x is on the curve and the point, times the subgroup's order, has X = 0. */
  const byMultiplication = (x: bigint) => {
    const [point] = pointsWithX(x);
    return point !== undefined && multiply(extended(point), subgroupOrder).x === 0n;
  };

  it("are told by two square tests as by multiplication with the group's order", () => {
    fc.assert(
      fc.property(element, (x) => {
        expect(isSubgroupX(x)).toBe(byMultiplication(x));
      }),
      { numRuns: 200 },
    );
  });

  it("are those of the points that BHP256 starts from, of their multiples and of the neutral point", () => {
    const multiples = windowGenerators.flatMap((point) => [multiply(extended(point), 5n), extended(point)]);
    for (const { x } of affineAll(multiples)) expect(isSubgroupX(x)).toBe(true);
    expect(isSubgroupX(0n)).toBe(true);
  });

  it("are not those of the points of order 4, nor of points that one of them was added to", () => {
    const [ofOrder4] = Array.from({ length: 40 }, (_, x) => BigInt(x))
      .flatMap(pointsWithX)
      .map((point) => multiply(extended(point), subgroupOrder))
      .filter(({ x }) => x !== 0n);
    if (ofOrder4 === undefined) throw new Error("no point of order 4 found");
    for (const shifted of affineAll([ofOrder4, ...windowGenerators.map((point) => add(extended(point), ofOrder4))])) {
      expect(isOnCurve(shifted)).toBe(true);
      expect(isSubgroupX(shifted.x)).toBe(false);
    }
  });

  it("have one spelling, below the modulus", () => {
    const x = windowGenerators[0]?.x ?? 0n;
    expect(isSubgroupX(x)).toBe(true);
    expect(isSubgroupX(x + fieldModulus)).toBe(false);
    expect(isSubgroupX(x - fieldModulus)).toBe(false);
  });
});
