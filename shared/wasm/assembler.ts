/** The instructions that our arithmetic and hashing need (WebAssembly Core Specification, §5.4). */
const opcodes = {
  call: 0x10,
  localGet: 0x20,
  localSet: 0x21,
  load64: 0x29,
  load32Signed: 0x34,
  store64: 0x37,
  store32: 0x3e,
  i32Const: 0x41,
  i64Const: 0x42,
  i32Add: 0x6a,
  add: 0x7c,
  subtract: 0x7d,
  multiply: 0x7e,
  and: 0x83,
  xor: 0x85,
  shiftRightSigned: 0x87,
  rotateLeft: 0x89,
  end: 0x0b,
} as const;

export type Operation = "add" | "subtract" | "multiply" | "and" | "xor" | "shiftRightSigned" | "rotateLeft";

/** Writes a function without branches: its parameters are addresses (i32), its local variables i64. */
export class FunctionWriter {
  readonly #bytes: number[] = [];

  /** Puts a parameter or a local variable on the stack. */
  get(local: number): this {
    return this.#write(opcodes.localGet, ...unsignedLeb(local));
  }

  set(local: number): this {
    return this.#write(opcodes.localSet, ...unsignedLeb(local));
  }

  /** @param value 64 bits, with or without a sign. */
  constant(value: number | bigint): this {
    return this.#write(opcodes.i64Const, ...signedLeb(BigInt.asIntN(64, BigInt(value))));
  }

  address(value: number): this {
    return this.#write(opcodes.i32Const, ...signedLeb(BigInt(value)));
  }

  /** Moves the address on the stack. */
  offset(bytes: number): this {
    return bytes === 0 ? this : this.address(bytes).#write(opcodes.i32Add);
  }

  /** Replaces an address by the 32-bit integer, with its sign, that stands `offset` bytes behind it. */
  load(offset: number): this {
    return this.#write(opcodes.load32Signed, alignment.of4Bytes, ...unsignedLeb(offset));
  }

  /** As {@link load}, 64 bits. */
  load64(offset: number): this {
    return this.#write(opcodes.load64, alignment.of8Bytes, ...unsignedLeb(offset));
  }

  /** Takes an address and an integer and stores its low 32 bits. */
  store(offset: number): this {
    return this.#write(opcodes.store32, alignment.of4Bytes, ...unsignedLeb(offset));
  }

  /** As {@link store}, all 64 bits. */
  store64(offset: number): this {
    return this.#write(opcodes.store64, alignment.of8Bytes, ...unsignedLeb(offset));
  }

  operate(operation: Operation): this {
    return this.#write(opcodes[operation]);
  }

  call(functionIndex: number): this {
    return this.#write(opcodes.call, ...unsignedLeb(functionIndex));
  }

  finish(): readonly number[] {
    return [...this.#bytes, opcodes.end];
  }

  #write(...bytes: readonly number[]): this {
    this.#bytes.push(...bytes);
    return this;
  }
}

/** As powers of 2. */
const alignment = { of4Bytes: 2, of8Bytes: 3 } as const;

export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly locals: number;
  readonly body: readonly number[];
}

/** A module of those functions and one memory, all exported; a call names a function by its place in the list. */
export function assembleModule(functions: readonly WasmFunction[], memoryPages: number): Uint8Array {
  const [i32, i64, functionType] = [0x7f, 0x7e, 0x60];
  const types = functions.map(({ parameters }) => [functionType, ...vector(Array(parameters).fill([i32])), 0]);
  const bodies = functions.map(({ locals, body }) => sized([1, ...unsignedLeb(locals), i64, ...body]));
  const exports = functions.map(({ name }, index) => [...text(name), 0x00, ...unsignedLeb(index)]);
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(3, vector(functions.map((_, index) => unsignedLeb(index)))),
    ...section(5, vector([[0x01, ...unsignedLeb(memoryPages), ...unsignedLeb(memoryPages)]])),
    ...section(7, vector([...exports, [...text("memory"), 0x02, 0x00]])),
    ...section(10, vector(bodies)),
  ]);
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...sized(content)];
}

function sized(content: readonly number[]): number[] {
  return [...unsignedLeb(content.length), ...content];
}

function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsignedLeb(items.length), ...items.flat()];
}

function text(name: string): number[] {
  return sized([...new TextEncoder().encode(name)]);
}

function unsignedLeb(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsignedLeb(value >>> 7)];
}

function signedLeb(value: bigint): number[] {
  const low = Number(value & 0x7fn);
  const rest = value >> 7n;
  const isLast = rest === 0n ? (low & 0x40) === 0 : rest === -1n && (low & 0x40) !== 0;
  return isLast ? [low] : [low | 0x80, ...signedLeb(rest)];
}
