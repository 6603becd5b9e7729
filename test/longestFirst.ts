import { existsSync } from "node:fs";
import path from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * Test files that take more than about ten seconds, the longest first, of both suites. On a fresh clone vitest knows no durations and
 * goes by the files' sizes: a short file that starts processes for a minute would be among the last, with one worker
 * waiting for it and the others done. `npm test` ends with the ten slowest files, so that this list can follow them.
 */
const longFiles = [
  "torture/torture.long.ts",
  "backlog/backlog.long.ts",
  "signer/kill/kill.long.ts",
  "chain/lies.long.ts",
  "signer/gate/property.long.ts",
  "chain/store/million.long.ts",
  "signer/kill/kill.test.ts",
  "signer/gate/property.test.ts",
  "chain/quorum.test.ts",
  "chain/lies.test.ts",
  "chain/service.test.ts",
  "e2e/localNetwork.test.ts",
  "e2e/torture.test.ts",
  "hsm/keeper/recovery.test.ts",
  "hsm/keeper/supervisor.test.ts",
  "e2e/aleoNetwork.test.ts",
  "signer/fuzz/texts.test.ts",
  "backlog/backlog.test.ts",
  "contracts/tokenService.test.ts",
  "chain/screening/sources.test.ts",
  "chain/pipeline/walk.test.ts",
  "chain/aleo.test.ts",
  "signer/restore/restore.test.ts",
  "signer/process.test.ts",
  "signer/newest/forged.test.ts",
  "hsm/keeper/refusals.test.ts",
  "hsm/keeper/pin.test.ts",
  "hsm/keeper/faults.test.ts",
  "collector/postgresStore.test.ts",
].map((file) => path.join(import.meta.dirname, file));

/**
 * Starts the files that are known to be long before all others, and those that share workers after all others: a worker
 * is shared only by files that follow each other, and short ones at the end leave no worker idle for long. Otherwise
 * vitest's own order is kept.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    for (const file of longFiles) if (!existsSync(file)) throw new Error(`${file} is gone: take it out of the list`);
    const rank = ({ moduleId, project }: TestSpecification) => {
      const place = longFiles.indexOf(path.normalize(moduleId));
      if (place >= 0) return place;
      return longFiles.length + (project.config.isolate ? 0 : 1);
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}
