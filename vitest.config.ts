import { defineConfig } from "vitest/config";
import { keepCompiled } from "./test/keepCompiled.ts";
import { LongestFirst } from "./test/longestFirst.ts";

keepCompiled();

/**
 * Folders whose tests leave nothing behind in their process: no changed environment or timers, no PKCS#11 module. Their
 * files share workers, which have the modules loaded already: a third of a second of CPU time less for each file.
 */
const together = [
  "certs",
  ...["chain/clients", "chain/pipeline", "chain/screening", "chain/store"],
  "collector",
  "contracts",
  "deploy",
  "docs",
  "shared",
  ...["signer/audit", "signer/policy"],
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 20_000 } }, // vitest's own second is short where every core is busy
    pool: "forks",
    maxWorkers: 3, // on two cores: every third test waits for a block, a time-out or the disk
    sequence: { sequencer: LongestFirst },
    projects: [
      { extends: true, test: { name: "apart", include: ["test/**/*.test.ts"], exclude: together } },
      { extends: true, test: { name: "together", include: together, isolate: false } },
    ],
  },
});
