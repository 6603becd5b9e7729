import { describe, expect, it } from "vitest";
import { flatnessOf } from "./soak.ts";

const looks = (memory: (index: number) => number) =>
  Array.from({ length: 20 }, (_, index) => ({ signatures: (index + 1) * 10_000, mib: memory(index) }));

describe("memory over 200,000 signatures", () => {
  it("is flat where it grows at first only", () => {
    expect(flatnessOf(looks((index) => 100 + Math.min(index, 5) * 20)).isFlat).toBe(true);
  });

  it("is flat where a garbage collector makes it jump, whatever the first and last look say", () => {
    const jumping = looks((index) => (index === 19 ? 180 : index % 2 === 0 ? 120 : 90));
    expect(flatnessOf(jumping).isFlat).toBe(true);
  });

  it("is not flat where each signature leaves 200 bytes behind, jumps or not", () => {
    const { slope, isFlat } = flatnessOf(looks((index) => 100 + index * 1.9 + (index % 2 === 0 ? 5 : -5)));
    expect(isFlat).toBe(false);
    expect(slope).toBeGreaterThan(15);
    expect(slope).toBeLessThan(23);
  });
});
