import { expect, test } from "vitest";
import { attestorHere } from "../support/attestorHere.ts";
import { latestHeight, makeFinal } from "./support/bridge.ts";
import { movableClock } from "./support/movableClock.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const run = (...words: string[]) => attestorHere([...words, "--config", scene.world.configFile]);

test("a packet that was executed long ago is archived, still shown, no gap or news when it is read again, and delivered again to whoever asks", {
  timeout: 120_000,
}, async () => {
  const { world, bridge } = scene;
  world.settings.archive = { after: "1h" };
  world.settings.collectors[0].poll = "100ms";
  const clock = movableClock();
  await world.start(clock);
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  const [request] = world.signer.requests;
  if (!request) throw new Error("the packet was never signed");
  await bridge.withdraw(world.signer.attest(request));
  await world.reaches(sequence, "executed");
  clock.ahead = 2 * 3_600;
  await world.start(clock);
  await until("the packet to leave the list", async () => (await run("packets")).stdout.includes("no packets"));
  expect((await run("packet", "show", `1/2/${sequence}`)).stdout).toMatch(/state +executed since/);
  expect(await world.packet(sequence)).toMatchObject({
    execution: { vote: "white" },
    deliveries: [{ collector: "main", state: "acknowledged" }],
  });

  const height = await latestHeight(bridge.source);
  const rescan = await run("chain", "rescan", "--route", "alpha-to-beta", "--from", "0", "--to", `${height}`);
  expect(rescan).toMatchObject({ code: 0, stdout: expect.stringContaining("0 differences") });
  expect(await world.metrics()).toContain('attestor_chain_packets{route="alpha-to-beta",state="executed"} 1');

  const handedIn = () => world.collector.requests.filter(({ packet }) => packet.sequence === sequence).length;
  const before = handedIn();
  world.collector.missed = [
    { deployment: "local", source: "1", destination: "2", sequence: `${sequence}`, height: null },
  ];
  await until("it to be delivered again", () => handedIn() > before);
  expect(await world.packet(sequence)).toMatchObject({ state: "executed" });
  const next = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(next.sequence, "delivered");
  expect(world.signer.requests.map(({ packet }) => packet.sequence)).toEqual([sequence, next.sequence]);
});
