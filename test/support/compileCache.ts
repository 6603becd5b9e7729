/**
 * Where processes that a test starts with an environment of their own find the code that Node.js has compiled before
 * (`NODE_COMPILE_CACHE`, set by vitest's configuration): less than half of the CPU time of a start is left.
 */
export const compileCache: Readonly<Record<string, string>> = process.env.NODE_COMPILE_CACHE
  ? { NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }
  : {};
