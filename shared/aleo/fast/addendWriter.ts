import { curveD } from "../curve.ts";
import { invert } from "../field.ts";
import { allocateElement, copy, type Engine } from "./engine.ts";
import { pointBytes } from "./fieldCode.ts";
import { computedSums } from "./groupSums.ts";
import { inverter, inverterBytes } from "./inversion.ts";
import { elementBytes, limbCount, montgomeryLimbs } from "./limbs.ts";

/** How much memory {@link addendWriter} takes. */
export const addendWriterBytes = (computedSums + 1 + 6) * elementBytes + inverterBytes;

/** The signs of a group's three chunks. */
const signBits = 0b100_100_100;

/** Coordinates of a point and parts of an addend, as bytes behind its address. */
const [x, y, z, t] = [0, elementBytes, 2 * elementBytes, 3 * elementBytes];
const [halfSum, halfDifference, dxy] = [0, elementBytes, 2 * elementBytes];

/**
 * @returns a function that writes a group's points as addends, and their negatives. It inverts all their z with one inversion
 * (Montgomery's trick).
 */
export function addendWriter(engine: Engine): (points: number, addend: (value: number) => number) => void {
  const { memory, multiply } = engine;
  const invertElement = inverter(engine);
  const products = engine.allocate((computedSums + 1) * elementBytes);
  memory.set(montgomeryLimbs(1n), products / 4);
  const half = allocateElement(engine, invert(2n));
  const d = allocateElement(engine, curveD);
  const [inverse, scaled] = [allocateElement(engine, 0n), allocateElement(engine, 0n)];
  const [sum, difference] = [allocateElement(engine, 0n), allocateElement(engine, 0n)];

  /** The product of the z of all points before that one. */
  const productBefore = (index: number) => products + index * elementBytes;
  const rest = productBefore(computedSums);

  const addAndSubtract = (left: number, right: number) => {
    for (let limb = 0; limb < limbCount; limb++) {
      const [one, other] = [memory[left / 4 + limb] ?? 0, memory[right / 4 + limb] ?? 0];
      memory[sum / 4 + limb] = one + other;
      memory[difference / 4 + limb] = one - other;
    }
  };
  const writePoint = (point: number, addend: number) => {
    addAndSubtract(point + y, point + x);
    multiply(scaled, inverse, half);
    multiply(addend + halfSum, sum, scaled);
    multiply(addend + halfDifference, difference, scaled);
    multiply(scaled, inverse, d);
    multiply(addend + dxy, point + t, scaled);
  };
  const writeNegative = (addend: number, negative: number) => {
    copy(engine, negative + halfSum, addend + halfDifference, elementBytes);
    copy(engine, negative + halfDifference, addend + halfSum, elementBytes);
    for (let limb = 0; limb < limbCount; limb++) {
      memory[(negative + dxy) / 4 + limb] = -(memory[(addend + dxy) / 4 + limb] ?? 0);
    }
  };

  return (points, addend) => {
    const point = (index: number) => points + index * pointBytes;
    for (let index = 0; index < computedSums; index++) {
      multiply(productBefore(index + 1), productBefore(index), point(index) + z);
    }
    invertElement(rest);
    for (let index = computedSums - 1; index >= 0; index--) {
      multiply(inverse, rest, productBefore(index));
      multiply(rest, rest, point(index) + z);
      writePoint(point(index), addend(index));
      writeNegative(addend(index), addend(index ^ signBits));
    }
  };
}
