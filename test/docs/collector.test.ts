import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, it } from "vitest";
import { attestor, submission } from "../collector/attestors.ts";
import { type CollectorUnderTest, startCollectorUnderTest } from "../collector/collectorUnderTest.ts";
import { packet } from "../collector/packets.ts";
import { repository } from "../support/attestor.ts";

/** Runs each example of docs/collector.md against a real collector and compares with the output that the page shows. */
const page = readFileSync(path.join(repository, "docs/collector.md"), "utf8");
const examples = [...page.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, code = "", output = ""]) => ({
    code,
    output,
    first: code.split("\n")[0] ?? "",
  }),
);

let collector: CollectorUnderTest;
beforeAll(async () => {
  collector = await startCollectorUnderTest();
  for (const by of [0, 1]) {
    const sent = packet(1);
    await collector.postAs(by, "/v1/attestations", submission(sent, "white", attestor(by)));
  }
});
afterAll(() => collector.close());

it("there are examples", () => {
  expect(examples).toHaveLength(3);
});

it.each(examples)("$first", async ({ code, output }) => {
  const source = code.replaceAll("127.0.0.1:7080", `127.0.0.1:${collector.running().ports.public}`);
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  expect(await Promise.all([text(child.stdout), text(child.stderr)])).toEqual([output, ""]);
});
