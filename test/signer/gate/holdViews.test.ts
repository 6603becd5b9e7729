import { describe, expect, it } from "vitest";
import { pendingCounts } from "../../../signer/gate/index.ts";
import { addresses, sampleRequest, sampleReservation } from "../samples.ts";
import { type Bench, day, gateBench, hour } from "./bench.ts";
import { drop, release } from "./holdDesk.ts";

const limits = { perToken: [{ token: addresses.token, single: 10n, windowLength: day }] };
const large = { message: { amount: 11n } };

const counts = ({ state, clock }: Bench) => state.read((database) => pendingCounts(database, clock.wall));

describe("what operators see of a hold", () => {
  it("is everything that they decide on", async () => {
    const bench = gateBench({ limits });
    await bench.ask(sampleRequest(large));
    await bench.ask(sampleRequest(large), "chain-b");
    expect(bench.desk.hold(1)).toMatchObject({
      id: "1",
      reason: "review",
      state: "waiting",
      deployment: "local",
      packetId: "1/2/7",
      route: "one-to-two",
      digest: sampleReservation(large).digest,
      request: {
        deployment: "local",
        packet: { message: { amount: "11", receiver_address: addresses.receiver } },
        verdict: { result: "white", source: "list" },
        sources: "single",
      },
      clients: ["chain-a", "chain-b"],
      rules: { value_limit: { token: addresses.token, amount: "11", limit: "10" } },
      since: "2026-01-31T12:00:00.000Z",
      until: "2026-02-07T12:00:00.000Z",
      approvals: [],
      droppedBy: null,
    });
  });

  it("follows what happens to it", async () => {
    const bench = gateBench({ limits });
    await bench.ask(sampleRequest(large));
    await release(bench, "olga", 1);
    expect(bench.desk.hold(1)).toMatchObject({ state: "waiting", approvals: ["olga"] });
    await release(bench, "otto", 1);
    expect(bench.desk.hold(1)).toMatchObject({ state: "released", approvals: ["olga", "otto"] });
    bench.clock.pass(day);
    expect(bench.desk.hold(1)).toMatchObject({ state: "waiting", approvals: [] });
    bench.clock.pass(6 * day);
    expect(bench.desk.hold(1)).toMatchObject({ state: "expired" });
    await drop(bench, "omar", 1);
    expect(bench.desk.hold(1)).toMatchObject({ state: "dropped", droppedBy: "omar" });
  });

  it("says of an announced packet when its wait is over, by the policy as it is now", async () => {
    const bench = gateBench({ signerWait: hour });
    await bench.ask(sampleRequest());
    expect(bench.desk.hold(1)).toMatchObject({ reason: "announced", rules: {}, until: "2026-01-31T13:00:00.000Z" });
    bench.policy.route = { ...bench.policy.route, signerWait: day };
    expect(bench.desk.hold(1)).toMatchObject({ until: "2026-02-01T12:00:00.000Z" });
    const { signerWait: _, ...without } = bench.policy.route;
    bench.policy.route = without;
    expect(bench.desk.hold(1)).toMatchObject({ until: null });
  });

  it("is nothing once its packet is reserved", async () => {
    const bench = gateBench({ signerWait: hour });
    await bench.ask(sampleRequest());
    bench.clock.pass(hour);
    await bench.ask(sampleRequest());
    expect(() => bench.desk.hold(1)).toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

describe("the list of holds", () => {
  it("comes in pages of a hundred, in their order", async () => {
    const bench = gateBench({ signerWait: hour });
    const sequences = Array.from({ length: 130 }, (_, index) => BigInt(index + 1));
    await Promise.all(sequences.map((sequence) => bench.ask(sampleRequest({ sequence }))));
    const first = bench.desk.holds(0).holds;
    expect(first.map(({ id }) => id)).toEqual(Array.from({ length: 100 }, (_, index) => `${index + 1}`));
    const last = bench.desk.holds(100).holds;
    expect(last).toHaveLength(30);
    expect(last[0]).toMatchObject({ id: "101", packetId: "1/2/101" });
  });

  it("has the packets that wait for agreement beside it, with what each client says", async () => {
    const bench = gateBench({ agreement: 2 });
    await bench.ask(sampleRequest(), "chain-a");
    bench.clock.pass(hour);
    await bench.ask(sampleRequest({ height: 101n }), "chain-b");
    await bench.ask(sampleRequest({ sequence: 8n }), "chain-b");
    expect(bench.desk.holds(0)).toEqual({
      holds: [],
      agreement: [
        {
          deployment: "local",
          packetId: "1/2/7",
          proposals: [
            {
              client: "chain-a",
              packetHash: sampleReservation().packetHash,
              verdict: "white",
              since: "2026-01-31T12:00:00.000Z",
            },
            {
              client: "chain-b",
              packetHash: sampleReservation({ height: 101n }).packetHash,
              verdict: "white",
              since: "2026-01-31T13:00:00.000Z",
            },
          ],
        },
        expect.objectContaining({ packetId: "1/2/8" }),
      ],
    });
  });
});

describe("the counts of what waits", () => {
  it("are one for each reason, without what was dropped", async () => {
    const bench = gateBench({ limits, signerWait: hour, agreement: 2 });
    expect(counts(bench)).toEqual({ review: 0, announced: 0, agreement: 0 });
    await bench.ask(sampleRequest(large));
    await bench.ask(sampleRequest({ sequence: 8n }));
    await bench.ask(sampleRequest({ sequence: 8n }), "chain-b");
    expect(counts(bench)).toEqual({ review: 1, announced: 2, agreement: 2 });
    await drop(bench, "olga", 1);
    expect(counts(bench)).toEqual({ review: 0, announced: 2, agreement: 2 });
    bench.clock.pass(hour);
    await bench.ask(sampleRequest({ sequence: 8n }));
    expect(counts(bench)).toEqual({ review: 0, announced: 1, agreement: 1 });
    await bench.ask(sampleRequest({ sequence: 9n, ...large }));
    expect(counts(bench)).toEqual({ review: 1, announced: 2, agreement: 2 });
    bench.clock.pass(7 * day);
    expect(counts(bench)).toMatchObject({ review: 0 });
  });
});
