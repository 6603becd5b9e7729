import { describe, expect, it, onTestFinished } from "vitest";
import type { HashText } from "../../../shared/digest/index.ts";
import { heldBack } from "../attestorUnderTest.ts";
import { sampleRequest } from "../samples.ts";
import { pinNamed, sampleOperator } from "./bench.ts";
import { createGateWorld, type GateWorld } from "./property/gateWorld.ts";
import { everything, type Knobs } from "./property/knobs.ts";

async function worldWith(knobs: Partial<Knobs> = {}): Promise<GateWorld> {
  const world = await createGateWorld({ ...everything, ...knobs });
  onTestFinished(() => world.close());
  return world;
}

const withoutOlga: Knobs = { ...everything, operators: ["otto", "omar"] };

/** Works that arrive in one turn of the event loop share a commit, in the order in which they came. */
describe("what comes into the same commit behind another policy", () => {
  it("is no release of what the policy pauses, though the HSM has signed it", async () => {
    const world = await worldWith();
    const keeper = heldBack(world.keeper);
    const asked = world.ask("chain-a", sampleRequest());
    await keeper.asked;
    const applied = world.reload({ ...everything, paused: true }, ["olga"]);
    keeper.letGo();
    await applied;
    expect(await asked).toMatchObject({ outcome: "held", rule: "pause", inputs: { by: "the policy" } });
  });

  it("is no end of a pause by an operator whom it removes", async () => {
    const world = await worldWith();
    const { id, object } = await world.desk.pause(sampleOperator("omar"), undefined, "test");
    const approval = world.approval("resume", object, ["olga", "otto"]);
    const applied = world.reload(withoutOlga, ["otto"]);
    await expect(world.desk.resume(Number(id), approval)).rejects.toMatchObject({ code: "approval_refused" });
    await applied;
    expect((await world.desk.pauses()).pauses).toHaveLength(1);
  });

  it("is no word on a hold by an operator whom it removes", async () => {
    const world = await worldWith({ single: 1 });
    await world.ask("chain-a", sampleRequest({ message: { amount: 2n } }));
    const { digest } = world.desk.hold(1);
    const by = (name: string) => ({
      operator: sampleOperator(name),
      pin: pinNamed(name),
      id: 1,
      digest: digest as HashText,
    });
    await world.desk.drop(by("omar"));
    await world.desk.release(by("otto"));
    const applied = world.reload({ ...withoutOlga, single: 1 }, ["otto"]);
    await expect(world.desk.release(by("olga"))).rejects.toMatchObject({ code: "client_refused" });
    await applied;
    expect(world.desk.hold(1)).toMatchObject({ state: "dropped", approvals: ["otto"] });
  });
});
