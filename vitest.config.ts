import { defineConfig } from "vitest/config";
import { keepCompiled } from "./test/keepCompiled.ts";
import { LongestFirst } from "./test/longestFirst.ts";

keepCompiled();

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    maxWorkers: 3, // on two cores: every third test waits for a block, a time-out or the disk
    sequence: { sequencer: LongestFirst },
  },
});
