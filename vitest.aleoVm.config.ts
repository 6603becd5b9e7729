import { defineConfig } from "vitest/config";

/** `npm run test:aleo-vm`: tests on a real Aleo virtual machine, one file after the other on one node. */
export default defineConfig({
  test: {
    include: ["test/**/*.vm.ts"],
    testTimeout: 10 * 60_000,
    hookTimeout: 5 * 60_000,
    pool: "forks",
    fileParallelism: false,
  },
});
