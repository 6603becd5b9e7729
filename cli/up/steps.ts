import { styled } from "../terminal/style.ts";

/** Says what is being done, and how long it took. */
export async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  const terminal = process.stdout.isTTY;
  if (terminal) process.stdout.write(`${styled("dim", "…")} ${label}`);
  try {
    const result = await work();
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${terminal ? "\r\x1b[2K" : ""}${styled("green", "✓")} ${label} (${seconds} s)\n`);
    return result;
  } catch (error) {
    process.stdout.write(`${terminal ? "\r\x1b[2K" : ""}${styled("red", "✗")} ${label}\n`);
    throw error;
  }
}
