import path from "node:path";

/**
 * Lets the tests' processes, most of which end after a second, share what Node.js compiles. For the configurations of
 * vitest, which hands its environment on to the workers. Another folder, or none, can be named from outside.
 */
export function keepCompiled(): void {
  process.env.NODE_COMPILE_CACHE ??= path.join(import.meta.dirname, "../node_modules/.cache/compiled");
}
