/** Random numbers that a seed repeats. */
export interface Random {
  /** From `minimum` to `maximum`, both included. */
  between(minimum: number, maximum: number): number;
  one<T>(choices: readonly T[]): T;
}

/** Mulberry32 (public domain): small, fast, and good enough to choose whom to kill. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (minimum: number, maximum: number) => minimum + Math.floor(next() * (maximum - minimum + 1));
  return {
    between,
    one(choices) {
      const choice = choices[between(0, choices.length - 1)];
      if (choice === undefined) throw new Error("nothing to choose from");
      return choice;
    },
  };
}
