import { existsSync } from "node:fs";
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Test files that take more than about ten seconds, the longest first. On a fresh clone vitest knows no durations and
 * goes by the files' sizes: a short file that starts processes for a minute would be among the last, with one worker
 * waiting for it and the others done.
 */
const longFiles = [
  "signer/kill/kill.test.ts",
  "chain/quorum.test.ts",
  "e2e/stayingNetwork.test.ts",
  "signer/gate/property.test.ts",
  "chain/service.test.ts",
  "signer/process.test.ts",
  "hsm/keeper/supervisor.test.ts",
  "hsm/keeper/recovery.test.ts",
  "e2e/localNetwork.test.ts",
  "signer/newest/forged.test.ts",
  "hsm/keeper/refusals.test.ts",
  "hsm/keeper/pin.test.ts",
  "hsm/keeper/faults.test.ts",
  "collector/postgresStore.test.ts",
].map((file) => path.join(import.meta.dirname, file));

/** Starts the files that are known to be long before all others, which keep vitest's own order. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const file of longFiles) if (!existsSync(file)) throw new Error(`${file} is gone: take it out of the list`);
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longFiles.indexOf(path.normalize(moduleId));
      return place < 0 ? longFiles.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
