import { describe, expect, it } from "vitest";
import { retryWithin } from "../../../hsm/kms/retry.ts";

const failing = (errors: readonly string[]) => {
  const attempts: number[] = [];
  return {
    attempts,
    async run(): Promise<string> {
      attempts.push(attempts.length);
      const error = errors[attempts.length - 1];
      if (error !== undefined) throw new Error(error);
      return "done";
    },
  };
};
const budgetMs = 60_000;
const always = { budgetMs, mayRetry: () => true, random: () => 0 };

describe("retryWithin", () => {
  it("gives the first result there is", async () => {
    const task = failing(["one", "two"]);
    await expect(retryWithin(always, task.run)).resolves.toBe("done");
    expect(task.attempts).toHaveLength(3);
  });

  it("does not repeat what is not worth it", async () => {
    const task = failing(["once", "for good", "never"]);
    const mayRetry = (error: unknown) => error instanceof Error && error.message === "once";
    await expect(retryWithin({ ...always, mayRetry }, task.run)).rejects.toThrow("for good");
    expect(task.attempts).toHaveLength(2);
  });

  it("ends with the budget, also while it waits, and tells the last fault that was met", async () => {
    const task = failing(Array.from({ length: 1_000 }, () => "busy"));
    await expect(retryWithin({ ...always, budgetMs: 250 }, task.run)).rejects.toThrow("busy");
    expect(task.attempts.length).toBeLessThan(10);
  });

  it("ends with the budget where an attempt does not heed its signal, as credentials do not that are waited for", async () => {
    const began = performance.now();
    const never = () => new Promise<never>(() => {});
    await expect(retryWithin({ ...always, budgetMs: 200 }, never)).rejects.toMatchObject({ name: "TimeoutError" });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("cuts an attempt off by its signal, and tells what the attempts before it met", async () => {
    let attempts = 0;
    const run = (signal: AbortSignal) => {
      attempts += 1;
      if (attempts === 1) return Promise.reject(new Error("busy"));
      return new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new Error("cut off")));
      });
    };
    await expect(retryWithin({ ...always, budgetMs: 300 }, run)).rejects.toThrow("busy");
    expect(attempts).toBe(2);
  });
});
