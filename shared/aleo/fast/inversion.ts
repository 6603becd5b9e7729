import { fieldModulus } from "../field.ts";
import { copy, type Engine } from "./engine.ts";
import { elementBytes, montgomeryLimbs } from "./limbs.ts";

const windowBits = 4;

/** The digits of q − 2 to the base 16, the highest first. */
const exponentDigits = Array.from((fieldModulus - 2n).toString(16), (digit) => Number.parseInt(digit, 16));

/** How much memory {@link inverter} needs. */
export const inverterBytes = ((1 << windowBits) + 1) * elementBytes;

/**
 * Inverts an element in its place: by Fermat, 1/a = a^(q−2).
 *
 * @returns a function of the element's address.
 */
export function inverter(engine: Engine): (element: number) => void {
  const powers = engine.allocate((1 << windowBits) * elementBytes);
  const result = engine.allocate(elementBytes);
  const power = (exponent: number) => powers + exponent * elementBytes;
  engine.memory.set(montgomeryLimbs(1n), power(0) / 4);
  return (element) => {
    for (let exponent = 1; exponent < 1 << windowBits; exponent++) {
      engine.multiply(power(exponent), power(exponent - 1), element);
    }
    copy(engine, result, power(0), elementBytes);
    for (const digit of exponentDigits) {
      for (let square = 0; square < windowBits; square++) engine.multiply(result, result, result);
      engine.multiply(result, result, power(digit));
    }
    copy(engine, element, result, elementBytes);
  };
}
