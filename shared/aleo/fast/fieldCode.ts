import { FunctionWriter, type Operation, type WasmFunction } from "../../wasm/index.ts";
import { elementBytes, limbBits, limbCount, limbMask, modulusLimbs } from "./limbs.ts";

/** A point in memory: x, y, z and t (t = xy/z), one behind the other. */
export const pointBytes = 4 * elementBytes;

/** A point to be added, in memory: (y + x)/2, (y − x)/2 and dxy, for which addition takes 7 multiplications. */
export const addendBytes = 3 * elementBytes;

/**
 * Montgomery's multiplication, product scanning: for two elements a and b the element ab/2^261. The limbs of a result are 29
 * bits without a sign, but for the highest, which has one and at most 22.
 *
 * A factor may also be the difference of two results, and one of the two factors their sum, limb by limb. Then
 *
 * - no column overflows: it is below 8 · 2^29 · 2^30 for the limbs of the factors, 2 · 2^22 · 2^30 for their highest ones,
 *   8 · 2^29 · 2^29 for the modulus and 2^35 for the carry, together less than 2^63, and so is its negative;
 * - results stay small: factors are within 2.2q, their product within 4.84q², and what comes out lies between −q/32 and
 *   q + q/32, because 2^261 is more than 438q. Sums and differences of such results are within 2.2q again.
 */
function multiplyFunction(): WasmFunction {
  const [target, left, right] = [0, 1, 2];
  const local = (group: number) => (index: number) => 3 + group * limbCount + index;
  const [a, b, m] = [local(0), local(1), local(2)];
  const sum = 3 + 3 * limbCount;
  const code = new FunctionWriter();
  for (let i = 0; i < limbCount; i++) {
    code
      .get(left)
      .load(4 * i)
      .set(a(i));
    code
      .get(right)
      .load(4 * i)
      .set(b(i));
  }
  code.constant(0).set(sum);
  const carry = () => code.get(sum).constant(limbBits).operate("shiftRightSigned").set(sum);
  const addProducts = (column: number) => {
    code.get(sum);
    for (let i = Math.max(0, column - limbCount + 1); i <= Math.min(column, limbCount - 1); i++) {
      code
        .get(a(i))
        .get(b(column - i))
        .operate("multiply")
        .operate("add");
    }
    for (let i = Math.max(0, column - limbCount + 1); i < Math.min(column, limbCount); i++) {
      code
        .get(m(i))
        .constant(modulusLimbs[column - i] ?? 0)
        .operate("multiply")
        .operate("add");
    }
    code.set(sum);
  };
  for (let column = 0; column < limbCount; column++) {
    addProducts(column);
    // The modulus is 1 in its lowest limb, so minus the column is the factor that clears it.
    code.constant(0).get(sum).operate("subtract").constant(limbMask).operate("and").set(m(column));
    code.get(sum).get(m(column)).operate("add").set(sum);
    carry();
  }
  for (let column = limbCount; column < 2 * limbCount - 1; column++) {
    addProducts(column);
    code
      .get(target)
      .get(sum)
      .constant(limbMask)
      .operate("and")
      .store(4 * (column - limbCount));
    carry();
  }
  code
    .get(target)
    .get(sum)
    .store(4 * (limbCount - 1));
  return { name: "multiply", parameters: 3, locals: 3 * limbCount + 1, body: code.finish() };
}

/** A place in memory: an address that a parameter holds, or 0, and what has to be added to it. */
interface Place {
  readonly parameter?: number;
  readonly at: number;
}

/**
 * Adds an addend to a point in its place: Hisil, Wong, Carter and Dawson, §3.1, with everything halved, which as a whole
 * changes no point.
 *
 * @param scratch the address of memory for {@link scratchElements} elements.
 */
function addFunction(scratch: number): WasmFunction {
  const code = new FunctionWriter();
  const [carry, multiply] = [2, 0];
  const start = ({ parameter }: Place) => (parameter === undefined ? code.address(0) : code.get(parameter));
  const combine = (to: Place, one: Place, operation: Operation, other: Place) => {
    for (let i = 0; i < limbCount; i++) {
      start(to);
      start(one).load(one.at + 4 * i);
      start(other).load(other.at + 4 * i);
      code.operate(operation).store(to.at + 4 * i);
    }
  };
  /** A sum that can be multiplied with another one, because its limbs are carried. */
  const carriedSum = (to: Place, one: Place, other: Place) => {
    code.constant(0).set(carry);
    for (let i = 0; i < limbCount; i++) {
      code.get(carry);
      start(one).load(one.at + 4 * i);
      start(other).load(other.at + 4 * i);
      code.operate("add").operate("add").set(carry);
      start(to).get(carry);
      if (i < limbCount - 1) code.constant(limbMask).operate("and");
      code.store(to.at + 4 * i);
      code.get(carry).constant(limbBits).operate("shiftRightSigned").set(carry);
    }
  };
  const product = (to: Place, one: Place, other: Place) => {
    for (const place of [to, one, other]) start(place).offset(place.at);
    code.call(multiply);
  };

  const part = (parameter: number, index: number) => ({ parameter, at: index * elementBytes });
  const [x, y, z, t] = [part(0, 0), part(0, 1), part(0, 2), part(0, 3)];
  const [halfSum, halfDifference, dxy] = [part(1, 0), part(1, 1), part(1, 2)];
  const slot = (index: number) => ({ at: scratch + index * elementBytes });
  const [a, b, c, d, e, f] = [slot(0), slot(1), slot(2), slot(3), slot(4), slot(5)];

  combine(d, y, "subtract", x);
  combine(e, y, "add", x);
  product(a, d, halfDifference);
  product(b, e, halfSum);
  product(c, t, dxy);
  combine(d, b, "subtract", a);
  carriedSum(e, b, a);
  combine(f, z, "subtract", c);
  combine(a, z, "add", c);
  product(x, d, f);
  product(y, a, e);
  product(z, f, a);
  product(t, d, e);
  return { name: "add", parameters: 2, locals: 1, body: code.finish() };
}

/** How many elements `add` needs to write to while it works. */
export const scratchElements = 6;

/** The functions of the module, all of addresses: `multiply(target, left, right)` and `add(point, addend)`. */
export function fieldFunctions(scratch: number): readonly WasmFunction[] {
  return [multiplyFunction(), addFunction(scratch)];
}
