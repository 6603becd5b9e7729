import { describe, expect, it } from "vitest";
import { type Candidate, createStatefulGate, type RuleId } from "../../../signer/gate/index.ts";
import type { Judgement } from "../../../signer/gate/rule.ts";
import { deny, fail, hold, pass, passWith } from "../../../signer/gate/rule.ts";
import { sampleClient, sampleRequest, sampleReservation, sampleRoute } from "../samples.ts";
import { temporaryState } from "../state/temporaryState.ts";

const { packetHash, digest } = sampleReservation();
const candidate: Candidate = {
  client: sampleClient(),
  request: sampleRequest(),
  route: sampleRoute(),
  pin: "",
  packetHash,
  digest,
  evidence: "claimed",
  reserved: false,
};
const clock = { timeOf: () => ({ nowMs: 5 }) };

/** Asks a gate of rules that judge as told, and says which of them were asked and settled. */
async function judge(...judgements: [RuleId, Judgement][]) {
  const { state } = temporaryState();
  const asked: RuleId[] = [];
  const settled: RuleId[] = [];
  const times = new Set<number>();
  const rules = judgements.map(([id, judgement]) => ({
    id,
    judge({ nowMs }: { nowMs: number }) {
      asked.push(id);
      times.add(nowMs);
      return judgement;
    },
    settle: () => void settled.push(id),
  }));
  const decision = await state.decide((transaction) => createStatefulGate(clock, rules)(transaction, candidate));
  return { decision, asked, settled, times: [...times], state };
}

describe("the gate's second part", () => {
  it("passes what no rule speaks against, with what was looked at and what vouches for it", async () => {
    const { decision, times } = await judge(["announce", pass], ["value_window", passWith({ spent: "1" })]);
    expect(decision).toMatchObject({
      outcome: "passed",
      assurance: "claimed",
      checked: { value_window: { spent: "1" } },
    });
    expect(times).toEqual([5]);
  });

  it("settles every rule when it is told that the packet is reserved, and not before", async () => {
    const { decision, settled, state } = await judge(["announce", pass], ["agreement", pass]);
    expect(settled).toEqual([]);
    if (decision.outcome !== "passed") throw new Error("not passed");
    await state.decide(() => decision.settle());
    expect(settled).toEqual(["announce", "agreement"]);
  });

  it("answers with the first hold when every later rule has spoken", async () => {
    const { decision, asked } = await judge(
      ["value_limit", pass],
      ["value_window", hold("window", 10, { a: "1" })],
      ["announce", hold("announced", 20, {})],
      ["pause", pass],
    );
    expect(asked).toHaveLength(4);
    expect(decision).toEqual({
      outcome: "held",
      rule: "value_window",
      reason: "window",
      retryAfterSeconds: 10,
      inputs: { a: "1" },
    });
  });

  it.each<[string, Judgement, object]>([
    ["denial", deny("no", { why: "x" }), { outcome: "denied", error: { code: "denied", status: 403 } }],
    ["failure", fail("cannot tell", { why: "x" }), { outcome: "failed", error: { code: "failed", status: 503 } }],
  ])("stops at the first %s, which outweighs a hold", async (_what, refusal, outcome) => {
    const { decision, asked } = await judge(
      ["announce", hold("announced", 1, {})],
      ["evidence", refusal],
      ["pause", pass],
    );
    expect(asked).toEqual(["announce", "evidence"]);
    expect(decision).toMatchObject({ ...outcome, rule: "evidence", inputs: { why: "x" } });
  });

  it.each([
    ["fails when a rule breaks", new TypeError("a secret detail"), { outcome: "failed", rule: "pause" }],
    [
      "undoes everything when the database breaks",
      Object.assign(new Error("full"), { code: "SQLITE_FULL" }),
      undefined,
    ],
  ])("%s", async (_what, fault, outcome) => {
    const { state } = temporaryState();
    const rule = {
      id: "pause",
      judge() {
        throw fault;
      },
    } as const;
    const decided = state.decide((transaction) => createStatefulGate(clock, [rule])(transaction, candidate));
    if (!outcome) {
      await expect(decided).rejects.toBe(fault);
      return;
    }
    expect(await decided).toMatchObject(outcome);
    expect(JSON.stringify(await decided)).not.toContain("secret");
  });

  it("asks no rule while nobody can tell the time", async () => {
    const { state } = temporaryState();
    const gate = createStatefulGate({ timeOf: () => ({ jump: { id: 3, milliseconds: -600_000 } }) }, [
      {
        id: "pause",
        judge() {
          throw new Error("asked");
        },
      },
    ]);
    expect(await state.decide((transaction) => gate(transaction, candidate))).toMatchObject({
      outcome: "failed",
      rule: "clock",
      inputs: { jump: "3", milliseconds: "-600000" },
    });
  });
});
