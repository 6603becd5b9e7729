import { defineConfig } from "vitest/config";
import { keepCompiled } from "./test/keepCompiled.ts";
import { LongestFirst } from "./test/longestFirst.ts";

keepCompiled();

/** `npm run test:long`: runs that take minutes, most of them the same tests as in `npm test` with more of everything. */
export default defineConfig({
  test: {
    include: ["test/**/*.long.ts"],
    testTimeout: 15 * 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
