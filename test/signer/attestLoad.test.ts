import { describe, expect, it } from "vitest";
import { AttestorError } from "../../shared/errors/index.ts";
import type { AttestorParts } from "../../signer/attest.ts";
import { createLoad } from "../../signer/load.ts";
import type { SignerState } from "../../signer/state/index.ts";
import { rejection } from "../shared/refusal.ts";
import { client, heldBack, peer, signer } from "./attestorUnderTest.ts";
import { recordsOf } from "./audit/records.ts";
import { sampleRequest } from "./samples.ts";

describe("a queue that is too long", () => {
  /** Requests come too late from now on, or in time. */
  function slow() {
    let isLate = false;
    const late = new AttestorError("overloaded", { reason: "slow", retryAfterSeconds: 7 });
    const normal = createLoad({ now: () => 0 });
    const load: AttestorParts["load"] = {
      ...normal,
      enter: (name) => ({ ...normal.enter(name), late: isLate ? late : undefined }),
    };
    return {
      ...signer({ load }),
      normal,
      setLate: (now: boolean) => {
        isLate = now;
      },
    };
  }

  it("refuses what would have to be signed, before anything is reserved or recorded", async () => {
    const { attestor, keeper, ledger, parts, setLate, normal } = slow();
    setLate(true);
    const { data } = await rejection("overloaded", attestor.attest(client, sampleRequest()));
    expect(data.retryAfterSeconds).toBe(7);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
    expect(recordsOf(parts.state as SignerState)).toEqual([]);
    expect(keeper.digests).toEqual([]);
    expect(normal.inFlight()).toBe(0);
    setLate(false);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
  });

  it("refuses nothing that needs no signature: what is signed, denied or held", async () => {
    const { attestor, setLate, normal } = slow();
    const first = await attestor.attest(client, sampleRequest());
    setLate(true);
    expect(await attestor.attest(client, sampleRequest())).toEqual({ ...first, rule: "ledger" });
    expect(await attestor.attest(client, sampleRequest({}, "flagged"))).toMatchObject({ outcome: "denied" });
    expect(await attestor.attest(peer("no-rights"), sampleRequest())).toMatchObject({ outcome: "denied" });
    expect(normal.inFlight()).toBe(0);
  });

  it("lets whoever asks for a packet that is being signed share its signature", async () => {
    const { attestor, keeper, setLate } = slow();
    const { asked, letGo } = heldBack(keeper);
    const first = attestor.attest(client, sampleRequest());
    await asked;
    setLate(true);
    const second = attestor.attest(client, sampleRequest());
    letGo();
    expect(await second).toEqual(await first);
    expect(keeper.digests).toHaveLength(1);
  });

  it("refuses to sign what was reserved and not signed, and signs it later", async () => {
    const { attestor, keeper, setLate } = slow();
    keeper.misbehave(() => Promise.reject(new Error("down")));
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "failed" });
    keeper.misbehave(undefined);
    setLate(true);
    await rejection("overloaded", attestor.attest(client, sampleRequest()));
    setLate(false);
    expect(await attestor.attest(client, sampleRequest())).toMatchObject({ outcome: "approved" });
  });
});
