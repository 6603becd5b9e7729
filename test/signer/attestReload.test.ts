import { describe, expect, it } from "vitest";
import type { AttestorParts } from "../../signer/attest.ts";
import type { Policy } from "../../signer/policy/index.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { rejection } from "../shared/refusal.ts";
import { client, clients, digest, signer } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { activePolicy, sampleClient, sampleRequest, sampleRoute } from "./samples.ts";

describe("a policy that is replaced while a request is on its way", () => {
  /** A policy in force that is replaced by the next one when the first request comes to its reservation. */
  function replacedBy(next: Partial<Policy>): AttestorParts["policies"] {
    const [before, after] = [activePolicy({ clients }), activePolicy({ clients, ...next })];
    let current = before;
    return {
      current: () => current,
      isCurrent: (_transaction, active) => {
        current = after;
        return active === after;
      },
    };
  }

  it("decides on it, because nothing is reserved yet", async () => {
    const policies = replacedBy({ routes: [sampleRoute({ startSequence: 8n })] });
    const { attestor, ledger, keeper } = signer({ policies });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "denied", rule: "route" });
    expect(await attestor.attest(client, sampleRequest({ sequence: 8n }))).toMatchObject({ outcome: "approved" });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
    expect(keeper.digests).toHaveLength(1);
  });

  it("denies it, if the client keeps its routes and may no longer ask for attestations", async () => {
    const { attestor, ledger, keeper } = signer({
      policies: replacedBy({ clients: [sampleClient({ operations: ["read"] })] }),
    });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({
      outcome: "denied",
      rule: "client_rights",
      error: { data: { reason: "client chain-a has no right to ask for attestations" } },
    });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(keeper.digests).toEqual([]);
  });

  it("lets it pass if it allows it too", async () => {
    const { attestor, keeper } = signer({ policies: replacedBy({}) });
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
    expect(keeper.digests).toEqual([digest]);
  });

  it.each<[string, Partial<Policy>]>([
    ["the client", { clients: clients.slice(1) }],
    ["the key that the client came with", { clients: [sampleClient({ pins: ["sha256/other"] })] }],
  ])("ends it before anything is reserved if it removes %s", async (_what, next) => {
    const { attestor, ledger, keeper, parts } = signer({ policies: replacedBy(next) });
    const { data } = await rejection("client_refused", attestor.attest(client, sampleRequest()));
    expect(data.reason).toBe("it was removed from the policy");
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(recordsOf(parts.state as SignerState)).toEqual([]);
    expect(keeper.digests).toEqual([]);
  });
});
