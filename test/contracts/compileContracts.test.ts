import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileContracts } from "../../contracts/index.ts";
import { compileSources } from "../../contracts/solidityCompiler.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "contracts-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("compiles every contract to bytecode that needs no linking, and keeps the result in the folder", async () => {
  const cache = join(folder, "made", "on demand");
  const compiled = await compileContracts(cache);

  expect(Object.keys(compiled).sort()).toEqual(["AttestedBridge", "Holding", "TestToken", "TokenService"]);
  for (const { bytecode } of Object.values(compiled)) expect(bytecode).toMatch(/^0x([0-9a-f]{2}){500,}$/);

  const files = await readdir(cache);
  expect(files).toHaveLength(1);
  const written = await stat(join(cache, files[0] ?? ""));
  expect(await compileContracts(cache)).toEqual(compiled);
  expect((await stat(join(cache, files[0] ?? ""))).mtimeMs).toBe(written.mtimeMs);
});

test("names file, line and reason when a source does not compile", async () => {
  const broken = "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.30;\ncontract Broken { uint x = y; }\n";
  await expect(compileSources({ "Broken.sol": broken })).rejects.toThrow(/Undeclared identifier[\s\S]*Broken\.sol:3/);
});

test("takes a compiler warning for an error", async () => {
  const sloppy =
    "// SPDX-License-Identifier: Apache-2.0\npragma solidity 0.8.30;\ncontract C { function f() public pure { uint x; } }\n";
  await expect(compileSources({ "C.sol": sloppy })).rejects.toThrow(/Unused local variable/);
});
