import { assembleModule, instantiate } from "../../wasm/index.ts";
import { identity } from "../curve.ts";
import { fieldFunctions, scratchElements } from "./fieldCode.ts";
import { elementBytes, montgomeryLimbs } from "./limbs.ts";

/** Field and point arithmetic on elements in memory, which are named by their address in bytes. */
export interface Engine {
  /** All of the memory, as 32-bit integers. */
  readonly memory: Int32Array;
  multiply(target: number, left: number, right: number): void;
  /** Adds an addend to a point in its place. */
  add(point: number, addend: number): void;
  /** Sets memory aside for good. @returns its address. */
  allocate(bytes: number): number;
}

const pageBytes = 65_536;

/** @param bytes how much memory there is to allocate. */
export function startEngine(bytes: number): Engine {
  const reserved = scratchElements * elementBytes;
  const code = assembleModule(fieldFunctions(0), Math.ceil((reserved + bytes) / pageBytes));
  const { memory, multiply, add } = instantiate<Pick<Engine, "multiply" | "add">>(code);
  let free = reserved;
  const allocate = (size: number) => {
    const address = free;
    free += size;
    if (free > memory.buffer.byteLength) throw new RangeError("the engine's memory is used up");
    return address;
  };
  return { memory: new Int32Array(memory.buffer), multiply, add, allocate };
}

/** Copies an element, a point or an addend. */
export function copy({ memory }: Engine, target: number, source: number, bytes: number): void {
  memory.copyWithin(target / 4, source / 4, (source + bytes) / 4);
}

/** Sets memory aside for an element of that value. @returns its address. */
export function allocateElement({ memory, allocate }: Engine, value: bigint): number {
  const address = allocate(elementBytes);
  memory.set(montgomeryLimbs(value), address / 4);
  return address;
}

/** Sets memory aside for the neutral point, which sums start from. @returns its address. */
export function allocateIdentity(engine: Engine): number {
  const { x, y, z, t } = identity;
  const [address = 0] = [x, y, z, t].map((part) => allocateElement(engine, part));
  return address;
}
