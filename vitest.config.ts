import { defineConfig } from "vitest/config";
import { keepCompiled } from "./test/keepCompiled.ts";
import { LongestFirst } from "./test/longestFirst.ts";

keepCompiled();

/**
 * Tests that leave something behind in their process, such as a PKCS#11 module that is loaded or a changed environment, or that
 * look at what their process has loaded. All others share workers, which have the modules loaded already: two thirds of a second of
 * CPU time less for each file.
 */
const apart = ["e2e/**", "hsm/pkcs11/pkcs11Keystore", "hsm/keeper/compiledCode", "shared/ecdsa/native"].map(
  (file) => `test/${file}.test.ts`,
);

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } }, // vitest's own second is short where every core is busy
    pool: "forks",
    maxWorkers: 3, // on two cores: every third test waits for a block, a time-out or the disk
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "apart", include: apart } },
      { extends: true, test: { name: "together", include: ["test/**/*.test.ts"], exclude: apart, isolate: false } },
    ],
  },
});
