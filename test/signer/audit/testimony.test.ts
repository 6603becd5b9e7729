import { expect, it } from "vitest";
import { gateBench, hour } from "../gate/bench.ts";
import { addresses, sampleRequest, sampleReservation } from "../samples.ts";
import { recordsOf } from "./records.ts";

it("an approval's record names every rule that the route asks for, with what it looked at", async () => {
  const { token } = addresses;
  const bench = gateBench({
    limits: { perToken: [{ token, single: 20n, window: 50n, windowLength: hour }], maximumJump: 10n },
    signerWait: hour,
    agreement: 2,
    minimumAssurance: "agreed-2",
  });
  await bench.ask(sampleRequest(), "chain-a");
  await bench.ask(sampleRequest(), "chain-b");
  bench.clock.pass(hour);
  expect(await bench.ask(sampleRequest(), "chain-b")).toEqual({ state: "reserved" });

  const approval = recordsOf(bench.state).find(({ body }) => body.outcome === "approved");
  const { digest, packetHash, verdict, sources } = sampleReservation();
  expect(approval?.body).toEqual({
    ...{ client: "chain-b", deployment: "local", packet: "1/2/7", digest, packetHash, verdict, sources },
    ...{ assurance: "agreed-2", route: "one-to-two", key: "to-two", policy: "1", outcome: "approved", rule: "ledger" },
    inputs: { route: "one-to-two", key: "to-two" },
    checked: {
      value_limit: { token, amount: "10", limit: "20" },
      sequence_jump: { sequence: "7", highest: "0", maximumJump: "10" },
      value_window: { token, amount: "10", spent: "0", window: "50", windowSeconds: "3600" },
      announce: { hold: "1", firstSeen: "2026-01-31T12:00:00.000Z", signerWaitSeconds: "3600" },
      agreement: { agreement: "2", agreed: "2", clients: "chain-a, chain-b" },
      evidence: { minimum: "agreed-2", reached: "agreed-2" },
    },
  });
});
