import { describe, expect, it } from "vitest";
import { createLogger } from "../../../shared/log/index.ts";
import { type Decision, recordDecision, recordStart, recordStop } from "../../../signer/audit/index.ts";
import { sampleReservation } from "../samples.ts";
import { temporaryState } from "../state/temporaryState.ts";
import { recordsOf } from "./records.ts";

const minute = 60_000;
const quiet = createLogger({ service: "test", level: "error" }, { write: () => {} });

/** A state whose clock a test sets. */
function stateAt(start: number) {
  const clock = { ms: start, now: () => clock.ms, sleep: () => Promise.resolve() };
  const files = temporaryState(clock);
  const decide = (changes: Partial<Decision> = {}) =>
    files.state.decide((transaction) => recordDecision(transaction, { ...held, ...changes }));
  return { clock, files, decide, records: () => recordsOf(files.state) };
}

const held: Decision = {
  asked: sampleReservation(),
  route: "one-to-two",
  key: "to-two",
  policy: "3",
  outcome: "held",
  rule: "value",
  inputs: { sum: "17" },
  reason: "window",
};
const denied: Partial<Decision> = { outcome: "denied", rule: "ledger", reason: "closed_by_import" };

describe("the record of a decision", () => {
  it("says who asked for what, by which key, route and policy, and what decided with which inputs", async () => {
    const { decide, records } = stateAt(0);
    await decide();
    const { packetHash, digest, verdict } = sampleReservation();
    expect(records()).toEqual([
      {
        at: "1970-01-01T00:00:00.000Z",
        kind: "decision",
        sequence: "2",
        body: {
          ...{ client: "chain-a", deployment: "local", packet: "1/2/7", packetHash, digest, verdict },
          ...{ sources: "single", assurance: "claimed", route: "one-to-two", key: "to-two", policy: "3" },
          ...{ outcome: "held", rule: "value", inputs: { sum: "17" }, reason: "window" },
        },
      },
    ]);
  });

  it("is made once an hour for the same decision, whatever its inputs", async () => {
    const { clock, decide, records } = stateAt(0);
    await decide();
    clock.ms = 59 * minute;
    await decide({ inputs: { sum: "18" } });
    expect(records()).toHaveLength(1);
    clock.ms = 61 * minute;
    await decide();
    expect(records()).toHaveLength(2);
  });

  it.each<[string, Partial<Decision>]>([
    ["another client", { asked: { ...sampleReservation(), client: "chain-b" } }],
    ["another packet", { asked: sampleReservation({ sequence: 8n }) }],
    ["another deployment", { asked: sampleReservation({}, "white", { deployment: "other" }) }],
    ["another verdict", { asked: sampleReservation({}, "flagged") }],
    ["another outcome", { outcome: "approved", rule: "ledger" }],
    ["another rule", { rule: "announce" }],
    ["another reason", { reason: "review" }],
    ["another policy", { policy: "4" }],
  ])("is made again at once for %s", async (_what, changes) => {
    const { decide, records } = stateAt(0);
    await decide();
    await decide(changes);
    await decide(changes);
    expect(records()).toHaveLength(2);
  });
});

describe("denials", () => {
  it("of one client by one rule within a minute become one record and a count", async () => {
    const { clock, files, decide, records } = stateAt(0);
    for (const sequence of [1n, 2n, 3n]) {
      await decide({ ...denied, asked: sampleReservation({ sequence }) });
      clock.ms += 1_000;
    }
    expect(records().map(({ kind, body }) => [kind, body.packet])).toEqual([["decision", "1/2/1"]]);
    clock.ms = minute;
    await decide({ ...denied, asked: sampleReservation({ sequence: 4n }) });
    expect(records().map(({ kind }) => kind)).toEqual(["decision", "denials", "decision"]);
    expect(records()[1]?.body).toEqual({
      ...{ client: "chain-a", rule: "ledger", count: "2" },
      ...{ since: "1970-01-01T00:00:00.000Z", latest: "1970-01-01T00:00:02.000Z" },
    });
    await recordStop(files.state, quiet);
    expect(records().map(({ kind }) => kind)).toEqual(["decision", "denials", "decision", "stop"]);
  });

  it("are counted for each client and rule apart", async () => {
    const { decide, records } = stateAt(0);
    await decide(denied);
    await decide({ ...denied, rule: "pause" });
    await decide({ ...denied, asked: { ...sampleReservation(), client: "chain-b" } });
    expect(records()).toHaveLength(3);
  });

  it("are counted anew when the clock was set back", async () => {
    const { clock, decide, records } = stateAt(10 * minute);
    await decide(denied);
    await decide(denied);
    clock.ms = 0;
    await decide(denied);
    expect(records().map(({ kind }) => kind)).toEqual(["decision", "denials", "decision"]);
  });

  it("that a crash left uncounted are recorded by the next start, which says that there was one", async () => {
    const { files, decide, records } = stateAt(0);
    const start = () =>
      recordStart(files.state, { policy: "3", policyHash: "0x12", keys: [{ name: "k", address: "0xA" }] });
    await start();
    await decide(denied);
    await decide(denied);
    files.reopen();
    await start();
    expect(records().map(({ kind }) => kind)).toEqual(["start", "decision", "denials", "start"]);
    const facts = { ledger: files.state.id, policy: "3", policyHash: "0x12", keys: { k: "0xA" } };
    expect(records().at(0)?.body).toEqual({ ...facts, afterCrash: false });
    expect(records().at(-1)?.body).toEqual({ ...facts, afterCrash: true });

    await recordStop(files.state, quiet);
    await start();
    expect(records().at(-1)?.body.afterCrash).toBe(false);
  });
});
