/** A string of bits: bit i is bit i mod 8 of byte ⌊i/8⌋, the lowest first; what is beyond `length` is zero. */
export interface Bits {
  readonly bytes: Uint8Array;
  readonly length: number;
}

/** Bit `index`, 0 beyond the end. */
export function bitAt({ bytes, length }: Bits, index: number): 0 | 1 {
  return index < length && ((bytes[index >> 3] ?? 0) >> (index & 7)) & 1 ? 1 : 0;
}

/** Writes integers one after another, each with its lowest bit first. */
export class BitWriter {
  #bytes = new Uint8Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** @param value an integer of at most `width` bits, `width` at most 32. */
  write(value: number, width: number): void {
    this.#grow(width);
    this.#put(this.#length, value, width);
    this.#length += width;
  }

  /** @param value an unsigned integer of at most `width` bits. */
  writeBig(value: bigint, width: number): void {
    let rest = value;
    for (let left = width; left > 0; left -= 32) {
      this.write(Number(BigInt.asUintN(32, rest)), Math.min(left, 32));
      rest >>= 32n;
    }
  }

  /** Leaves room for an integer that {@link fill} writes when it is known. @returns where. */
  reserve(width: number): number {
    const at = this.#length;
    this.write(0, width);
    return at;
  }

  fill(at: number, value: number, width: number): void {
    this.#put(at, value, width);
  }

  finish(): Bits {
    return { bytes: this.#bytes.slice(0, (this.#length + 7) >> 3), length: this.#length };
  }

  #put(start: number, value: number, width: number): void {
    let [at, rest, left] = [start, value, width];
    while (left > 0) {
      const offset = at & 7;
      const taken = Math.min(8 - offset, left);
      const byte = at >> 3;
      this.#bytes[byte] = (this.#bytes[byte] ?? 0) | ((rest & ((1 << taken) - 1)) << offset);
      [at, rest, left] = [at + taken, rest >>> taken, left - taken];
    }
  }

  #grow(width: number): void {
    if (this.#length + width <= this.#bytes.length * 8) return;
    const larger = new Uint8Array(this.#bytes.length * 2);
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
