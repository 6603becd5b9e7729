import { describe, expect, it } from "vitest";
import { stretchAt, successorAt } from "../../../shared/packet/index.ts";

const successors = [{ fromSequence: 10n }, { fromSequence: 20n }];

describe("whoever takes over from a sequence on", () => {
  it("has it from that very sequence, until the next one begins", () => {
    const places = [0n, 9n, 10n, 19n, 20n, 2n ** 64n - 1n].map((sequence) => {
      const found = successorAt(successors, sequence);
      return found ? successors.indexOf(found) : undefined;
    });
    expect(places).toEqual([undefined, undefined, 0, 0, 1, 1]);
    expect(successorAt([], 5n)).toBeUndefined();
  });

  it("leaves no sequence to two and none to nobody", () => {
    expect([0, 1, 2].map((place) => stretchAt(successors, place))).toEqual([
      { from: 0n, below: 10n },
      { from: 10n, below: 20n },
      { from: 20n, below: undefined },
    ]);
    expect(stretchAt([], 0)).toEqual({ from: 0n, below: undefined });
  });
});
