import { join } from "node:path";
import { type Artifacts, compileContracts } from "../../contracts/index.ts";

/** The compiled contracts, from one cache that all test files share and git ignores. */
export function testArtifacts(): Promise<Artifacts> {
  return compileContracts(join(import.meta.dirname, "../../node_modules/.cache/hsm-attestor-contracts"));
}
