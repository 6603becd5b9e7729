import { copyFileSync, readdirSync, renameSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { makeFinal } from "./support/bridge.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();

const words = (file: string) => ["chain", "backup", "--to", file, "--config", scene.world.configFile];
const backUp = (file: string) => attestorHere(words(file));
const inFolder = (name: string) => path.join(path.dirname(scene.world.configFile), name);

/** Sends a packet that is final and waits until it is delivered. */
async function deliverOne(): Promise<bigint> {
  const { sequence } = await scene.bridge.transfer();
  await makeFinal(scene.bridge.source);
  await scene.world.reaches(sequence, "delivered");
  return sequence;
}

/** The steps of docs/reliability.md: the service is stopped, the old files are kept, the copy takes their place. */
async function restore(backup: string): Promise<void> {
  const { world } = scene;
  await world.stop();
  const old = readdirSync(world.stateFolder).filter((name) => name.startsWith("chain.sqlite"));
  for (const name of old) renameSync(path.join(world.stateFolder, name), inFolder(`old-${name}`));
  copyFileSync(backup, path.join(world.stateFolder, "chain.sqlite"));
  await world.start();
}

test("an older backup, restored, loses nothing: what came later is read again and signed the same", {
  timeout: 60_000,
}, async () => {
  const { world, bridge } = scene;
  await world.start();
  const before = await deliverOne();
  const backup = inFolder("backup.sqlite");
  expect(await attestor(words(backup))).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/backup\.sqlite: \d+ bytes, read in full and found whole\n/),
  });

  const after = [await deliverOne(), await deliverOne()];
  const [executed = 0n] = after;
  const request = world.signer.requests.find(({ packet }) => packet.sequence === executed);
  if (!request) throw new Error("the packet was never signed");
  await bridge.withdraw(world.signer.attest(request));
  await world.reaches(executed, "executed");
  const signatures = await Promise.all(after.map(async (sequence) => (await world.packet(sequence))?.attestation));

  await restore(backup);
  expect((await world.packet(before))?.state).toBe("delivered");
  for (const sequence of after) await world.reaches(sequence, sequence === executed ? "executed" : "delivered");
  for (const [index, sequence] of after.entries()) {
    expect((await world.packet(sequence))?.attestation?.signature).toBe(signatures[index]?.signature);
  }
  const next = await deliverOne();
  expect(next).toBe((after.at(-1) ?? 0n) + 1n);
});

test("a backup never replaces a file, and has to know which service it is of", { timeout: 60_000 }, async () => {
  await scene.world.start();
  const backup = inFolder("twice.sqlite");
  expect((await backUp(backup)).code).toBe(0);
  const again = await backUp(backup);
  expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already; it is left as it is") });
  const nowhere = await backUp(inFolder("no/such/folder.sqlite"));
  expect(nowhere).toMatchObject({ code: 1, stdout: expect.stringContaining("the backup was not made") });
});
