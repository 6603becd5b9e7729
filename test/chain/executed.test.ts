import { expect, test } from "vitest";
import { lies } from "../support/lyingProvider.ts";
import { makeFinal } from "./support/bridge.ts";
import { providersOfEachTest } from "./support/providers.ts";
import { until } from "./support/until.ts";
import { useWorld } from "./support/useWorld.ts";

const scene = useWorld();
const providers = providersOfEachTest(scene, 3, "destination");

function tell(index: number, lie: string | undefined): void {
  const provider = providers[index];
  if (provider) provider.lie = lie === undefined ? undefined : lies[lie];
}

/** A packet that is delivered, and a way to have it executed. */
async function delivered() {
  const { world, bridge } = scene;
  const { sequence } = await bridge.transfer();
  await makeFinal(bridge.source);
  await world.reaches(sequence, "delivered");
  const request = world.signer.requests.find(({ packet }) => packet.sequence === sequence);
  if (!request) throw new Error("the packet was never signed");
  return { sequence, execute: () => bridge.withdraw(world.signer.attest(request)) };
}

test("what one provider of the target chain says is no execution, and no reason to stop", async () => {
  const { world } = scene;
  tell(1, "answers every call otherwise");
  await world.start();
  const { sequence, execute } = await delivered();
  const asked = providers[1]?.requests.length ?? 0;
  await until("some looks at the target chain", () => (providers[1]?.requests.length ?? 0) > asked + 8);
  expect(await world.packet(sequence)).toMatchObject({ state: "delivered", execution: null });
  await world.becomesReady();

  await execute();
  expect((await world.reaches(sequence, "executed")).execution).toMatchObject({ vote: "white" });
});

test("below the quorum nothing counts as executed; packets are attested all the same", async () => {
  const { world } = scene;
  await world.start();
  tell(0, "is broken");
  tell(2, "answers every call otherwise");
  const { sequence, execute } = await delivered();
  await execute();
  await until("the failed look", async () => (await world.packet(sequence))?.reason?.code === "rpc_no_quorum");
  expect(await world.packet(sequence)).toMatchObject({ state: "delivered", execution: null });

  tell(0, undefined);
  tell(2, undefined);
  await world.reaches(sequence, "executed");
});

test("another packet's execution stops the route, also where the database took one half of that and no more", async () => {
  const { world } = scene;
  await world.start();
  const { sequence } = await delivered();
  world
    .database()
    .exec("CREATE TRIGGER full BEFORE INSERT ON stops BEGIN SELECT RAISE(ABORT, 'as if there were no space'); END");
  tell(0, "answers every call otherwise");
  tell(2, "answers every call otherwise");
  await world.complains(/^work "confirm on alpha-to-beta": it failed/);
  world.database().exec("DROP TRIGGER full");
  await world.complains(/^route alpha-to-beta: packet .* the target chain consumed another packet under this number/);
  expect(await world.packet(sequence)).toMatchObject({ state: "delivered", reason: { code: "executed_other_packet" } });
});
