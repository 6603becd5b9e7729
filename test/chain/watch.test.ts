import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { makeFinal } from "./support/bridge.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
let terminal: Terminal | undefined;
afterEach(() => terminal?.close());

test("status --watch shows in a terminal how a long catch-up gets on, in place, until Ctrl-C", async () => {
  const { world, bridge } = scene;
  world.signer.reply = () => ({ status: 503 });
  await world.start();
  const sequences: bigint[] = [];
  for (let n = 0; n < 8; n += 1) sequences.push((await bridge.transfer()).sequence);
  await makeFinal(bridge.source);
  const configFile = path.join(path.dirname(world.listFile), "chain.yaml");
  const shown = openTerminal(["status", "--watch", "--interval", "1s", "--config", configFile]);
  terminal = shown;
  const appears = (pattern: RegExp) =>
    until(`${pattern}`, () => (pattern.test(shown.screen()) ? shown.screen() : undefined));

  const behind = await appears(/catching up on alpha-to-beta: 8 packets to attest, getting no fewer/);
  expect(behind).toMatch(/^chain-service +not ready$/m);
  expect(behind).toMatch(/signer +.*503/);
  expect(behind).toMatch(
    /route +on chain +observed +final +due +signed +delivered +executed +held +refused +gaps +oldest/,
  );

  world.signer.reply = undefined;
  for (const sequence of sequences) await world.reaches(sequence, "delivered");
  const over = await appears(/alpha-to-beta +\d+ +0 +0 +0 +0 +8 +0 +0 +0 +0 +–/);
  expect(over).not.toContain("catching up");
  expect(over.match(/chain-service/g), "drawn in place").toHaveLength(1);
  shown.press("C-c");
  await until("the end", () => shown.exitCode());
  expect(shown.exitCode()).toBe(0);
});
