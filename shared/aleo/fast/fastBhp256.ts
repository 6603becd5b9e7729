import type { Bhp256 } from "../bhp256.ts";
import type { Bits } from "../bits.ts";
import { fieldDataBits } from "../field.ts";
import { bitsPerChunk } from "../generators.ts";
import { blockBits, firstStart } from "../preimage.ts";
import { allocateIdentity, copy, startEngine } from "./engine.ts";
import { pointBytes } from "./fieldCode.ts";
import { inverter, inverterBytes } from "./inversion.ts";
import { elementBytes, limbBits, limbCount, limbsOf, modulusLimbs, valueOfLimbs } from "./limbs.ts";
import { buildTables, chunksPerGroup, groupBits, tableBytes } from "./tables.ts";

const startGroups = fieldDataBits / groupBits;
const ownBytes = 2 * pointBytes + elementBytes + inverterBytes;

/** BHP256 with large tables and arithmetic in WebAssembly. Setting it up takes about as long as a hundred hashes. */
export function fastBhp256(): Bhp256 {
  const engine = startEngine(tableBytes + ownBytes);
  const tables = buildTables(engine);
  const invertElement = inverter(engine);
  const [none, sum, plainOne] = [allocateIdentity(engine), engine.allocate(pointBytes), engine.allocate(elementBytes)];
  engine.memory.set(limbsOf(1n), plainOne / 4);

  const addStart = (start: Int32Array) => {
    for (let group = 0; group < startGroups; group++) {
      engine.add(sum, tables.group(group, limbBitsAt(start, group * groupBits, groupBits)));
    }
  };
  /** Adds the input's bits from there on, a chunk at a time where they fill no group. */
  const addBlock = (bits: Bits, at: number) => {
    const end = Math.min(at + blockBits, bits.length);
    let next = at;
    for (let group = startGroups; next + groupBits <= end; group++, next += groupBits) {
      engine.add(sum, tables.group(group, bitsAt(bits, next, groupBits)));
    }
    const firstChunk = chunksPerGroup * startGroups;
    for (; next < end; next += bitsPerChunk) {
      const chunk = firstChunk + (next - at) / bitsPerChunk;
      engine.add(sum, tables.chunk(chunk, bitsAt(bits, next, Math.min(bitsPerChunk, end - next))));
    }
  };
  /** The x-coordinate of the sum in its one spelling. */
  const xOfSum = (): Int32Array => {
    const [x, z] = [sum, sum + 2 * elementBytes];
    invertElement(z);
    engine.multiply(x, x, z);
    engine.multiply(x, x, plainOne); // leaves Montgomery's form, and lies between 0 and the modulus, both included
    const limbs = engine.memory.slice(x / 4, x / 4 + limbCount);
    return limbs.every((limb, index) => limb === modulusLimbs[index]) ? limbsOf(0n) : limbs;
  };

  return (bits) => {
    let start = limbsOf(firstStart(bits.length));
    for (let at = 0; at < bits.length; at += blockBits) {
      copy(engine, sum, none, pointBytes);
      addStart(start);
      addBlock(bits, at);
      start = xOfSum();
    }
    return valueOfLimbs(start);
  };
}

/** At most 9 bits of limbs, from bit `at` on. */
function limbBitsAt(limbs: Int32Array, at: number, width: number): number {
  const index = Math.floor(at / limbBits);
  const offset = at % limbBits;
  const [low, high] = [limbs[index] ?? 0, limbs[index + 1] ?? 0];
  return ((low >>> offset) | (high << (limbBits - offset))) & ((1 << width) - 1);
}

/** At most 9 bits of an input, from bit `at` on. */
function bitsAt({ bytes }: Bits, at: number, width: number): number {
  const index = at >> 3;
  const twoBytes = (bytes[index] ?? 0) | ((bytes[index + 1] ?? 0) << 8);
  return (twoBytes >> (at & 7)) & ((1 << width) - 1);
}
