import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { sharesIn } from "./profile.ts";

it("gives each part of the daemon the time that its innermost frame had, within the stretch that was measured", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "profile-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const node = (id: number, url: string, children: number[] = [], functionName = "f") => ({
    ...{ id, children },
    callFrame: { functionName, url },
  });
  const nodes = [
    node(1, "", [2, 6, 7], "(root)"),
    node(2, "node:net", [3]),
    node(3, "file:///x/signer/server/server.ts", [4, 5]),
    node(4, "file:///x/hsm/keeper/tokenKeeper.ts", [8]),
    node(5, "file:///x/node_modules/zod/v4/core.js"),
    node(6, "", [], "(idle)"),
    node(7, "", [], "(garbage collector)"),
    node(8, "file:///x/shared/digest/verulinkEvm.ts", [9]),
    node(9, "file:///x/node_modules/@noble/hashes/sha3.js"),
  ];
  const samples = [3, 3, 4, 5, 6, 7, 9, 9];
  const profile = { nodes, samples, timeDeltas: samples.map(() => 10), startTime: 1_000 };
  writeFileSync(path.join(folder, "x.cpuprofile"), JSON.stringify(profile));
  // the first sample, at 1,010, is before the stretch, and the last one behind it
  expect(Object.fromEntries(sharesIn(folder, { from: 1_011, to: 1_071 }))).toEqual({
    "TLS and HTTP": 0.2,
    "keeper, IPC": 0.2,
    "parsing and schemas": 0.2,
    "garbage collection": 0.2,
    digest: 0.2,
  });
});
