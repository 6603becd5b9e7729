import path from "node:path";
import { expect, test } from "vitest";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { makeFinal } from "./support/bridge.ts";
import { denial } from "./support/peers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const withConfig = (words: readonly string[]) => [
  ...words,
  "--config",
  path.join(path.dirname(scene.world.listFile), "chain.yaml"),
];
const run = (...words: string[]) => attestorHere(withConfig(words));
/** In a process of its own, which has to end. */
const runAlone = (...words: string[]) => attestor(withConfig(words));

async function refusedPacket(): Promise<string> {
  const { world, bridge } = scene;
  world.signer.reply = () => denial("no");
  await world.start();
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "refused");
  return `1/2/${sequence}`;
}

test("packets lists why packets are refused or tried again", async () => {
  const { world, bridge } = scene;
  const id = await refusedPacket();
  const refused = await run("packets", "--state", "refused");
  expect(refused.code).toBe(0);
  expect(refused.stdout).toMatch(new RegExp(`${id} +refused +white .*Denied by rule route: no\\.`));
  expect((await run("packets", "--retrying")).stdout).toContain("no packets");

  world.signer.reply = () => ({ status: 503 });
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  // in each moment it waits for its next try or is being tried
  const listed = (...words: string[]) =>
    until("the next packet to wait for its next try", async () => {
      const { stdout } = await run("packets", "--retrying", ...words);
      return stdout.includes("The signer answered HTTP 503.") && stdout;
    });
  const retrying = await listed();
  expect(retrying).toMatch(new RegExp(`1/2/${sequence} +screened .*The signer answered HTTP 503\\., again at 20`));
  expect(retrying).not.toContain(id);
  const [{ packets }] = JSON.parse(await listed("--json"));
  expect(packets).toMatchObject([{ sequence: `${sequence}`, reason: { text: "The signer answered HTTP 503." } }]);
});

test("packet show tells everything about a packet, for people and for programs", async () => {
  const { world } = scene;
  const id = await refusedPacket();
  const { code, stdout } = await run("packet", "show", id);
  expect(code).toBe(0);
  for (const text of [
    /^chain-service\n/,
    new RegExp(`packet +${id} of deployment local`),
    /state +refused since 20/,
    /reason +Denied by rule route: no\./,
    /amount +10 of token 0x/,
    /block +\d+ 0x[0-9a-f]{64}/,
    /verdict +white, given 20/,
    /test-list 2026-01: white/,
    /times +\S+ observed\n +\S+ final\n/,
  ]) {
    expect(stdout).toMatch(text);
  }
  world.signer.reply = undefined;
  await run("packet", "retry", id);
  await world.reaches(BigInt(id.split("/")[2] ?? ""), "delivered");
  const [shown] = JSON.parse((await run("packet", "show", id, "--json")).stdout);
  expect(shown).toMatchObject({ name: "chain-service", state: "delivered", attestation: { sources: "single" } });
  expect((await run("packet", "show", id)).stdout).toMatch(/delivery +main: acknowledged\n/);
});

test("packet retry lets a refused packet go on, once, and leaves an audit line", async () => {
  const { world } = scene;
  const id = await refusedPacket();
  world.signer.reply = undefined;
  const retried = await runAlone("packet", "retry", id);
  expect(retried).toMatchObject({ code: 0, stdout: "chain-service  now final\n" });
  await world.reaches(BigInt(id.split("/")[2] ?? ""), "delivered");
  const again = await run("packet", "retry", id);
  expect(again.code).toBe(1);
  expect(again.stdout).toContain("The packet is delivered; only a refused one can be retried");
  const audited = world.log.filter((line) => line.includes('"audit":true') && line.includes("retries a packet"));
  expect(audited).toHaveLength(1);
});

test("an id that is none is refused with its form; an unknown one is not found", async () => {
  await scene.world.start();
  const malformed = await run("packet", "show", "17");
  expect(malformed).toMatchObject({ code: 2, stderr: expect.stringContaining("source/destination/sequence") });
  const unknown = await runAlone("packet", "show", "1/2/99999");
  expect(unknown).toMatchObject({ code: 1, stdout: expect.stringContaining("There is no packet 1/2/99999") });
});
