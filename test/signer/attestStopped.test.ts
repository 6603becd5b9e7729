import { describe, expect, it } from "vitest";
import { createStatefulGate } from "../../signer/gate/index.ts";
import { pauseFileIn } from "../../signer/gate/pause/pauseFile.ts";
import { pauseRule } from "../../signer/gate/pause/pauseRule.ts";
import { endPause, pause, pauseOn } from "../../signer/gate/pause/pauses.ts";
import type { StatefulRule } from "../../signer/gate/rule.ts";
import { ledgerIdOf } from "../../signer/ledger/index.ts";
import { takenOverRule } from "../../signer/ledgerBinding.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { client, clients, digest, heldBack, signer } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { policiesOf, sampleRequest, sampleRoute } from "./samples.ts";

const signerWith = (rule: StatefulRule, changes: Parameters<typeof signer>[0] = {}) =>
  signer({ statefulGate: createStatefulGate({ timeOf: ({ nowMs }) => ({ nowMs }) }, [rule]), ...changes });

const held = { outcome: "held", rule: "pause", reason: "paused" };

describe("a signature that the keeper is making", () => {
  it("does not leave once the route is paused, and the same digest is signed when the pause has ended", async () => {
    const { attestor, keeper, ledger, parts } = signerWith(pauseRule(pauseFileIn(temporaryFolder())));
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    const other = attestor.attest(client, sampleRequest({}, "flagged"));
    await parts.state.decide((transaction) => pause(transaction, undefined, "olga", "something is odd"));
    letGo();
    expect(await first).toMatchObject({ ...held, inputs: { by: "olga", note: "something is odd" } });
    expect(await other, "whose answer would have brought it along").not.toHaveProperty("attestation");
    expect(ledger.find(ledgerIdOf(sampleRequest()))).toEqual([]);
    const records = recordsOf(parts.state as SignerState);
    expect(records.filter(({ kind }) => kind === "release")).toEqual([]);
    expect(records.at(-1)).toMatchObject({ kind: "decision", body: { outcome: "held", rule: "pause", digest } });

    keeper.misbehave(undefined);
    await parts.state.decide((transaction) => {
      const running = pauseOn(transaction, sampleRoute());
      if (running) endPause(transaction, running, ["olga", "otto"]);
    });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved", rule: "keeper" });
    expect(keeper.digests).toEqual([digest, digest]);
  });

  it("does not leave once a policy pauses the route", async () => {
    let policies = policiesOf({ clients });
    const { attestor, keeper } = signerWith(pauseRule(pauseFileIn(temporaryFolder())), {
      policies: { current: () => policies.current(), isCurrent: (_, active) => policies.current() === active },
    });
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    policies = policiesOf({ clients, routes: [sampleRoute({ paused: true })] });
    letGo();
    expect(await first).toMatchObject({ ...held, inputs: { by: "the policy" } });
  });

  it("does not leave once another signer has taken the key over", async () => {
    let takenOver: string | undefined;
    const { attestor, keeper, ledger } = signerWith(takenOverRule(() => takenOver));
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    takenOver = "key to-two belongs to another ledger now";
    letGo();
    expect(await first).toMatchObject({ outcome: "failed", rule: "ledger", error: { data: { reason: takenOver } } });
    expect(ledger.rows()).toEqual({ signing: 1, signed: 0 });
  });
});
