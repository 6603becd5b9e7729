import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../signer/gate/evidence.ts";
import { createGate } from "../../../signer/gate/gate.ts";
import { deny, fail, type Pass, pass, passWith, type Refusal, type Rule } from "../../../signer/gate/rule.ts";
import { activePolicy, sampleClient, sampleRequest, sampleRoute } from "../samples.ts";

const broken = () => {
  throw new TypeError("a secret detail");
};

/** Asks a gate of rules that judge as told, and says how many of them were asked. */
async function decide(judgements: readonly (Pass | Refusal | (() => never))[], evidence?: Evidence) {
  let asked = 0;
  const rules = judgements.map(
    (judgement): Rule => ({
      id: "deny_list",
      judge: () => {
        asked += 1;
        return typeof judgement === "function" ? judgement() : judgement;
      },
    }),
  );
  const decision = await createGate(() => rules, evidence).decide(activePolicy(), sampleClient(), sampleRequest());
  return { decision, asked };
}

describe("the gate", () => {
  it("passes what every rule lets through, with its route, what was looked at and what vouches for it", async () => {
    expect(await decide([pass, passWith({ list: "v1" })])).toEqual({
      decision: {
        outcome: "passed",
        route: sampleRoute(),
        evidence: "claimed",
        checked: { deny_list: { list: "v1" } },
      },
      asked: 2,
    });
  });

  it("denies what no route is configured for, before any rule", async () => {
    const gate = createGate(() => [{ id: "client_rights", judge: broken }]);
    expect(
      await gate.decide(activePolicy(), sampleClient(), sampleRequest({}, "white", { deployment: "other" })),
    ).toMatchObject({
      outcome: "denied",
      rule: "route",
      inputs: { deployment: "other", source: "1", destination: "2" },
      error: { code: "denied", status: 403 },
    });
  });

  it("stops at the first denial", async () => {
    const { decision, asked } = await decide([pass, deny("no", { why: "x" }), fail("cannot tell", {})]);
    expect(asked).toBe(2);
    expect(decision).toMatchObject({ outcome: "denied", rule: "deny_list", inputs: { why: "x" } });
  });

  it("stops at the first failure, which is not a denial", async () => {
    const { decision, asked } = await decide([fail("cannot tell", { at: "noon" }), deny("no", {})]);
    expect(asked).toBe(1);
    expect(decision).toMatchObject({
      outcome: "failed",
      inputs: { at: "noon" },
      error: { code: "failed", status: 503 },
    });
  });

  it("fails when a rule breaks, and keeps the fault's text to itself", async () => {
    const { decision, asked } = await decide([broken, pass]);
    expect(asked).toBe(1);
    expect(decision).toMatchObject({ outcome: "failed", rule: "deny_list" });
    expect(JSON.stringify(decision)).not.toContain("secret");
  });

  it("hands on what the evidence vouches for", async () => {
    const { decision } = await decide([pass], { assess: async () => "proved" });
    expect(decision).toMatchObject({ outcome: "passed", evidence: "proved" });
  });

  it("fails when the evidence breaks, and asks for none where a rule refuses", async () => {
    const evidence = { assess: async () => broken() };
    expect((await decide([pass], evidence)).decision).toMatchObject({ outcome: "failed", rule: "evidence" });
    expect((await decide([deny("no", {})], evidence)).decision).toMatchObject({ rule: "deny_list" });
  });
});

it("the gate asks the rules of the policy that it is given", async () => {
  const gate = createGate(({ hash }) => [{ id: "deny_list", judge: () => passWith({ policy: hash }) }]);
  for (const version of [1, 2]) {
    const active = { ...activePolicy(), hash: `0x${version}` as const };
    const decision = await gate.decide(active, sampleClient(), sampleRequest());
    expect(decision).toMatchObject({ outcome: "passed", checked: { deny_list: { policy: `0x${version}` } } });
  }
});
