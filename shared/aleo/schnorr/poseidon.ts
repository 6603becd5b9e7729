import { fieldModulus, invert, isFieldElement, reduce } from "../field.ts";
import { grain } from "./grain.ts";

/** Elements that a permutation takes in; one more, the capacity, is never written to. */
export type Rate = 2 | 4 | 8;

const [fullRounds, partialRounds] = [8, 31];
const rounds = fullRounds + partialRounds;
const scalarDataBits = 250;

interface Constants {
  /** For each round an element for each place of the state. */
  readonly added: readonly (readonly bigint[])[];
  /** The matrix that mixes the state, row by row: 1/(x + y), Cauchy's. */
  readonly mixing: readonly (readonly bigint[])[];
}

const constantsOf = new Map<Rate, Constants>();

/**
 * snarkVM's Poseidon over Aleo's field, with S-box x^17. What is hashed starts with the domain `AleoPoseidon<rate>` and the
 * input's length, filled up with zeros to a whole block.
 *
 * The constants are drawn at the first use of a rate, which takes some milliseconds.
 */
export function poseidon(rate: Rate, input: readonly bigint[]): bigint {
  const constants = constantsOf.get(rate) ?? drawConstants(rate);
  constantsOf.set(rate, constants);
  const head = [domainElement(`AleoPoseidon${rate}`), BigInt(input.length), ...Array<bigint>(rate - 2).fill(0n)];
  let state = Array<bigint>(rate + 1).fill(0n);
  for (let at = 0; at < rate + input.length; at += rate) {
    const block = at === 0 ? head : input.slice(at - rate, at);
    state = permute(
      state.map((element, place) => element + (block[place - 1] ?? 0n)),
      constants,
    );
  }
  return state[1] ?? 0n;
}

/** The same as a `scalar`: its low 250 bits. */
export function poseidonScalar(rate: Rate, input: readonly bigint[]): bigint {
  return BigInt.asUintN(scalarDataBits, poseidon(rate, input));
}

/** A text as an element: its bytes as an integer, the first one lowest, less whole moduli. */
export function domainElement(text: string): bigint {
  return reduce(new TextEncoder().encode(text).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n));
}

function permute(start: readonly bigint[], { added, mixing }: Constants): bigint[] {
  let state = [...start];
  for (const [round, constants] of added.entries()) {
    const isFull = round < fullRounds / 2 || round >= rounds - fullRounds / 2;
    const next: bigint[] = [];
    for (const [place, element] of state.entries()) {
      const sum = element + (constants[place] ?? 0n);
      next.push(isFull || place === 0 ? powerOf17(sum) : sum);
    }
    state = mixing.map((row) => {
      let sum = 0n;
      for (let place = 0; place < row.length; place++) sum += (row[place] ?? 0n) * (next[place] ?? 0n);
      return sum % fieldModulus;
    });
  }
  return state;
}

function powerOf17(value: bigint): bigint {
  let power = value;
  for (let doubling = 0; doubling < 4; doubling++) power = (power * power) % fieldModulus;
  return (power * value) % fieldModulus;
}

function drawConstants(rate: Rate): Constants {
  const width = rate + 1;
  const draw = grain({ width, fullRounds, partialRounds });
  /** Integers from the modulus on are passed over for what is added, and reduced for the matrix. */
  const drawElement = () => {
    for (;;) {
      const drawn = draw();
      if (isFieldElement(drawn)) return drawn;
    }
  };
  const list = (next: () => bigint) => Array.from({ length: width }, next);
  const added = Array.from({ length: rounds }, () => list(drawElement));
  const [xs, ys] = [list(() => reduce(draw())), list(() => reduce(draw()))];
  return { added, mixing: xs.map((x) => ys.map((y) => invert(x + y))) };
}
