import { describe, expect, it } from "vitest";
import { createGate } from "../../../signer/gate/gate.ts";
import { deny, type Judgement, pass, type Rule } from "../../../signer/gate/rule.ts";
import { sampleClient, sampleRequest, sampleRoute } from "../samples.ts";

const hold = (retryAfterSeconds: number): Judgement => ({
  decision: "hold",
  hold: "review",
  retryAfterSeconds,
  inputs: {},
});
const fail: Judgement = { decision: "fail", reason: "cannot tell", inputs: { at: "noon" } };
const broken = () => {
  throw new TypeError("a secret detail");
};

/** Asks a gate of rules that judge as told, and says how many of them were asked. */
async function decide(...judgements: (Judgement | (() => never))[]) {
  let asked = 0;
  const rules = judgements.map(
    (judgement): Rule => ({
      id: "route",
      judge: () => {
        asked += 1;
        return typeof judgement === "function" ? judgement() : judgement;
      },
    }),
  );
  const decision = await createGate([sampleRoute()], rules).decide(sampleClient(), sampleRequest());
  return { decision, asked };
}

describe("the gate", () => {
  it("passes what every rule lets through, with the route it takes", async () => {
    expect(await decide(pass, pass)).toEqual({ decision: { outcome: "passed", route: sampleRoute() }, asked: 2 });
  });

  it("denies what no route is configured for, before any rule", async () => {
    const gate = createGate([sampleRoute()], [{ id: "client_rights", judge: broken }]);
    expect(await gate.decide(sampleClient(), sampleRequest({}, "white", { deployment: "other" }))).toMatchObject({
      outcome: "denied",
      rule: "route",
      inputs: { deployment: "other", source: "1", destination: "2" },
      error: { code: "denied", status: 403 },
    });
  });

  it("stops at the first denial", async () => {
    const { decision, asked } = await decide(pass, deny("no", { why: "x" }), fail);
    expect(asked).toBe(2);
    expect(decision).toMatchObject({ outcome: "denied", rule: "route", inputs: { why: "x" } });
  });

  it("stops at the first failure, which is not a denial", async () => {
    const { decision, asked } = await decide(fail, deny("no", {}));
    expect(asked).toBe(1);
    expect(decision).toMatchObject({
      outcome: "failed",
      inputs: { at: "noon" },
      error: { code: "failed", status: 503 },
    });
  });

  it("fails when a rule breaks, and keeps the fault's text to itself", async () => {
    const { decision, asked } = await decide(broken, pass);
    expect(asked).toBe(1);
    expect(decision).toMatchObject({ outcome: "failed", rule: "route" });
    expect(JSON.stringify(decision)).not.toContain("secret");
  });

  it("answers with the first hold when every later rule has spoken", async () => {
    const { decision, asked } = await decide(pass, hold(10), hold(20), pass);
    expect(asked).toBe(4);
    expect(decision).toEqual({ outcome: "held", rule: "route", reason: "review", retryAfterSeconds: 10, inputs: {} });
  });

  it("lets a denial outweigh an earlier hold", async () => {
    expect((await decide(hold(10), deny("no", {}))).decision).toMatchObject({ outcome: "denied" });
  });
});
