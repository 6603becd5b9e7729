import { FunctionWriter, type WasmFunction } from "../wasm/index.ts";

/** Lanes of 64 bits: the state is 5 by 5, lane (x, y) at x + 5 y, its low byte first (FIPS 202, §3.1.2 and §B.1). */
export const stateBytes = 200;
/** Of one block of keccak256: what the state holds beyond twice the digest. */
export const rateBytes = 136;

const rounds = 24;
const five = [0, 1, 2, 3, 4] as const;

const [stateAddress, blockAddress] = [0, 1];
const parameters = 2;

/** Local variables: the state, the state after rho and pi, theta's column parities, and what theta adds to a column. */
const a = (x: number, y: number) => parameters + (x % 5) + 5 * (y % 5);
const b = (x: number, y: number) => parameters + 25 + (x % 5) + 5 * (y % 5);
const parity = (x: number) => parameters + 50 + (x % 5);
const added = parameters + 55;
const locals = 56;

/** By how much rho turns each lane, at x + 5 y (FIPS 202, §3.2.2). */
function rotations(): readonly number[] {
  const offsets = Array<number>(25).fill(0);
  let [x, y] = [1, 0];
  for (let t = 0; t < 24; t += 1) {
    offsets[x + 5 * y] = (((t + 1) * (t + 2)) / 2) % 64;
    [x, y] = [y, (2 * x + 3 * y) % 5];
  }
  return offsets;
}

/** Iota's constants, by a linear feedback shift register of 8 bits (FIPS 202, §3.2.5). */
function roundConstants(): readonly bigint[] {
  let register = 1;
  const nextBit = () => {
    const bit = register & 1;
    register = register & 0x80 ? ((register << 1) ^ 0x171) & 0xff : register << 1;
    return BigInt(bit);
  };
  return Array.from({ length: rounds }, () =>
    [0, 1, 2, 3, 4, 5, 6].reduce((constant, j) => constant | (nextBit() << BigInt(2 ** j - 1)), 0n),
  );
}

/**
 * `absorb(state, block)`: adds a block of {@link rateBytes} to the state and permutes it by Keccak-f[1600] (FIPS 202, §3.3 and
 * §4). All rounds are written out one after the other, and the state stays in local variables of 64 bits.
 */
export function absorbFunction(): WasmFunction {
  const writer = new FunctionWriter();
  for (let lane = 0; lane < 25; lane += 1) {
    writer.get(stateAddress).load64(8 * lane);
    if (8 * lane < rateBytes)
      writer
        .get(blockAddress)
        .load64(8 * lane)
        .operate("xor");
    writer.set(a(lane, Math.floor(lane / 5)));
  }
  const offsets = rotations();
  for (const constant of roundConstants()) writeRound(writer, offsets, constant);
  for (let lane = 0; lane < 25; lane += 1) {
    writer
      .get(stateAddress)
      .get(a(lane, Math.floor(lane / 5)))
      .store64(8 * lane);
  }
  return { name: "absorb", parameters, locals, body: writer.finish() };
}

function writeRound(writer: FunctionWriter, offsets: readonly number[], constant: bigint): void {
  for (const x of five) {
    writer.get(a(x, 0));
    for (const y of [1, 2, 3, 4]) writer.get(a(x, y)).operate("xor");
    writer.set(parity(x));
  }
  for (const x of five) {
    writer
      .get(parity(x + 4))
      .get(parity(x + 1))
      .constant(1)
      .operate("rotateLeft")
      .operate("xor")
      .set(added);
    for (const y of five) {
      const offset = offsets[x + 5 * y] ?? 0;
      writer.get(a(x, y)).get(added).operate("xor").constant(offset).operate("rotateLeft");
      writer.set(b(y, 2 * x + 3 * y));
    }
  }
  for (const y of five) {
    for (const x of five) {
      writer
        .get(b(x, y))
        .get(b(x + 1, y))
        .constant(-1)
        .operate("xor")
        .get(b(x + 2, y))
        .operate("and")
        .operate("xor");
      if (x === 0 && y === 0) writer.constant(constant).operate("xor");
      writer.set(a(x, y));
    }
  }
}
