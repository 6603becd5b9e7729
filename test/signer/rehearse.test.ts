import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import type { AttestationRequest } from "../../shared/wire/index.ts";
import { type AttestorParts, createAttestor, type SigningKey } from "../../signer/attest.ts";
import {
  clientRights,
  createClockGuard,
  createGate,
  createStatefulGate,
  pauseFileIn,
  routeRule,
  statefulRules,
} from "../../signer/gate/index.ts";
import { ledgerIn } from "../../signer/ledger/index.ts";
import { createLoad } from "../../signer/load.ts";
import type { Policy, Route } from "../../signer/policy/index.ts";
import { rejection } from "../shared/refusal.ts";
import { testKeeper, testKey } from "../support/testKeeper.ts";
import { temporaryLedger } from "./ledger/temporaryLedger.ts";
import { activePolicy, addresses, sampleClient, sampleRequest, sampleReservation, sampleRoute } from "./samples.ts";

const { publicKey } = testKey(2);
const key: SigningKey = {
  name: "to-two",
  uri: "",
  publicKey,
  scheme: "verulink-evm",
  deployment: "local",
  destination: 2n,
  address: addressOfPublicKey(publicKeyFromHex(publicKey) ?? new Uint8Array(65)),
  custody: "hsm",
};
const pin = (letter: string) => `sha256/${letter.repeat(43)}=`;
const peers = { a: { name: "chain-a", pin: pin("A") }, b: { name: "chain-b", pin: pin("B") } };
const clients = [
  sampleClient({ pins: [pin("A")] }),
  sampleClient({ name: "chain-b", pins: [pin("B")] }),
  sampleClient({ name: "no-rights", pins: [pin("C")], routes: [] }),
];
const limited = {
  tokens: [{ source: addresses.sourceService, destination: addresses.token }],
  limits: { perToken: [{ token: addresses.token, single: 50n, window: 100n, windowLength: 60_000 }], maximumJump: 20n },
};

/** A signer with every rule over a real database, a policy in a test's hand, and keys in memory. */
function signer(route: Partial<Route> = {}, changes: Partial<AttestorParts> = {}) {
  const files = temporaryLedger();
  const { state } = files.ledger;
  const ledger = ledgerIn(state);
  const keeper = testKeeper([key], { "to-two": 2 });
  const alarms: string[] = [];
  const raise = (code: string) => void alarms.push(code);
  let wall = Date.UTC(2026, 0, 31, 12);
  let policy: Partial<Policy> = { clients, routes: [sampleRoute(route)] };
  let active = activePolicy(policy);
  const clock = { now: () => wall, sleep: () => Promise.resolve() };
  const guard = createClockGuard(clock, { now: () => 1_000, run: "boot-1" }, { raise });
  const folder = path.dirname(files.file);
  const rules = statefulRules({
    ledger,
    policy: () => active.policy,
    pauseFile: pauseFileIn(folder),
    alarms: { raise },
  });
  const statefulGate = createStatefulGate(guard, rules);
  const parts: AttestorParts = {
    policies: { current: () => active, isCurrent: (_transaction, other) => other === active },
    gate: createGate(() => [clientRights, routeRule]),
    // the guard reads the test's wall clock
    statefulGate: (transaction, candidate) => statefulGate({ ...transaction, nowMs: wall }, candidate),
    state,
    ledger,
    keeper,
    load: createLoad({ now: () => 0 }),
    keys: new Map([[key.name, key]]),
    obstacle: () => undefined,
    policyVersion: () => "1",
    ...changes,
  };
  const attestor = createAttestor(parts);
  /** Everything that is stored. */
  const contents = () =>
    state.read((database) => {
      const tables = database.prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
      );
      return tables.all().map(({ name }) => [name, database.prepare(`SELECT * FROM ${name}`).all()]);
    });
  return {
    attestor,
    keeper,
    alarms,
    folder,
    contents,
    ledger,
    setClock: (by: number) => {
      wall += by;
    },
    setRoute(next: Partial<Route>) {
      policy = { clients, routes: [sampleRoute(next)] };
      active = activePolicy(policy);
    },
    /** What a dry run says; it must leave no trace. */
    async rehearse(request: AttestationRequest, peer = peers.a) {
      const before = contents();
      const counted = ledger.rows();
      const calls = keeper.digests.length;
      const raised = [...alarms];
      const rehearsal = await attestor.rehearse(peer, request);
      expect(contents()).toEqual(before);
      expect(ledger.rows()).toEqual(counted);
      expect(keeper.digests).toHaveLength(calls);
      expect(alarms).toEqual(raised);
      return rehearsal;
    },
  };
}

describe("a dry run leaves no trace and says that a packet would be", () => {
  it("signed, and with which digest", async () => {
    const { rehearse, attestor } = signer(limited);
    const { packetHash, digest } = sampleReservation();
    expect(await rehearse(sampleRequest())).toEqual({
      outcome: { outcome: "approved", rule: "keeper", inputs: { route: "one-to-two", key: "to-two" } },
      found: { reservation: expect.objectContaining({ packetHash, digest }), standing: { state: "absent" } },
    });
    expect(await attestor.attest(peers.a, sampleRequest())).toMatchObject({
      outcome: "approved",
      attestation: { digest },
    });
  });

  it("answered with what was signed before, without showing the signature", async () => {
    const { rehearse, attestor } = signer();
    await attestor.attest(peers.a, sampleRequest());
    const rehearsal = await rehearse(sampleRequest());
    expect(rehearsal).toMatchObject({
      outcome: { outcome: "approved", rule: "ledger" },
      found: { standing: { state: "signed" } },
    });
    expect(rehearsal.outcome).not.toHaveProperty("attestation");
  });

  it("denied because the other verdict was given, or as another packet, without an alarm", async () => {
    const { rehearse, attestor } = signer();
    await attestor.attest(peers.a, sampleRequest());
    const other = await rehearse(sampleRequest({}, "flagged"));
    expect(other).toMatchObject({
      outcome: { outcome: "denied", rule: "ledger", error: { code: "verdict_already_given" } },
      found: { standing: { given: "white" } },
    });
    expect(other.outcome).not.toHaveProperty("attestation");
    expect(await rehearse(sampleRequest({ height: 9n }))).toMatchObject({
      outcome: { outcome: "denied", rule: "ledger", error: { code: "equivocation" } },
      found: { standing: { differing: ["packet.height"] } },
    });
  });

  it.each<[string, AttestationRequest, string, string, object]>([
    ["a large amount", sampleRequest({ message: { amount: 51n } }), "value_limit", "review", { limit: "50" }],
    ["a sequence far ahead", sampleRequest({ sequence: 21n }), "sequence_jump", "review", { highest: "0" }],
  ])("held for %s, without the id of a hold that is not there", async (_what, request, rule, reason, inputs) => {
    const { rehearse, attestor } = signer(limited);
    const { outcome } = await rehearse(request);
    expect(outcome).toMatchObject({ outcome: "held", rule, reason, inputs });
    expect(outcome.inputs).not.toHaveProperty("hold");
    const real = await attestor.attest(peers.a, request);
    expect(real).toMatchObject({ outcome: "held", rule, inputs: { hold: "1" } });
    expect((await rehearse(request)).outcome).toEqual(real);
  });

  it("held for its window, its announced time and its agreement, and counts in none of them", async () => {
    const { rehearse, attestor, setRoute } = signer(limited);
    const fifty = (sequence: bigint) => sampleRequest({ sequence, message: { amount: 50n } });
    for (const sequence of [1n, 2n, 3n, 4n]) expect((await rehearse(fifty(sequence))).outcome.outcome).toBe("approved");
    for (const sequence of [1n, 2n]) await attestor.attest(peers.a, fifty(sequence));
    expect((await rehearse(fifty(3n))).outcome).toMatchObject({ rule: "value_window", inputs: { spent: "100" } });

    setRoute({ signerWait: 60_000 });
    expect((await rehearse(fifty(5n))).outcome).toMatchObject({ reason: "announced", retryAfterSeconds: 60 });

    setRoute({ agreement: 2 });
    for (const peer of [peers.a, peers.b]) {
      expect((await rehearse(fifty(6n), peer)).outcome).toMatchObject({ reason: "agreement", inputs: { agreed: "1" } });
    }
    await attestor.attest(peers.a, fifty(6n));
    expect((await rehearse(fifty(6n), peers.b)).outcome).toMatchObject({ outcome: "approved", rule: "keeper" });
    const differing = sampleRequest({ sequence: 6n, message: { amount: 49n } });
    expect((await rehearse(differing, peers.b)).outcome).toMatchObject({ outcome: "held", reason: "agreement" });
  });

  it("held by a pause that a file would make, which it does not make", async () => {
    const { rehearse, folder } = signer();
    writeFileSync(path.join(folder, "paused"), "");
    const { outcome } = await rehearse(sampleRequest());
    expect(outcome).toMatchObject({
      outcome: "held",
      rule: "pause",
      reason: "paused",
      inputs: { by: "the file paused" },
    });
    expect(outcome.inputs).not.toHaveProperty("pause");
  });

  it("failed by a clock that was set, without recording the jump or raising its alarm", async () => {
    const { rehearse, attestor, setClock, alarms } = signer();
    await attestor.attest(peers.a, sampleRequest());
    setClock(3_600_000);
    const { outcome } = await rehearse(sampleRequest({ sequence: 8n }));
    expect(outcome).toMatchObject({ outcome: "failed", rule: "clock", inputs: { milliseconds: "3600000" } });
    expect(outcome.inputs).not.toHaveProperty("jump");
    expect(alarms).toEqual([]);
  });

  it("denied by rights or route, and then shows nothing of the ledger", async () => {
    const { rehearse, attestor } = signer();
    await attestor.attest(peers.a, sampleRequest());
    const stranger = await rehearse(sampleRequest(), { name: "no-rights", pin: pin("C") });
    expect(stranger).toMatchObject({ outcome: { outcome: "denied", rule: "client_rights" } });
    expect(stranger).not.toHaveProperty("found");
    const nowhere = await rehearse(sampleRequest({}, "white", { deployment: "nowhere" }));
    expect(nowhere).toMatchObject({ outcome: { outcome: "denied", rule: "route" } });
    expect(nowhere).not.toHaveProperty("found");
  });

  it("failed because of an obstacle", async () => {
    const { rehearse } = signer({}, { obstacle: () => "the disk is nearly full" });
    expect((await rehearse(sampleRequest())).outcome).toMatchObject({ outcome: "failed", rule: "ledger" });
  });
});

describe("a dry run", () => {
  it("among real requests in one commit sees those before it and disturbs none", async () => {
    const { attestor, keeper } = signer(limited);
    const fifty = (sequence: bigint) => sampleRequest({ sequence, message: { amount: 50n } });
    const [first, rehearsed, second, late] = await Promise.all([
      attestor.attest(peers.a, fifty(1n)),
      attestor.rehearse(peers.a, fifty(2n)),
      attestor.attest(peers.a, fifty(3n)),
      attestor.rehearse(peers.a, fifty(4n)),
    ]);
    expect([first.outcome, second.outcome]).toEqual(["approved", "approved"]);
    expect(rehearsed.outcome.outcome).toBe("approved");
    expect(late.outcome).toMatchObject({ outcome: "held", rule: "value_window" });
    expect(keeper.digests).toHaveLength(2);
  });

  it("is by the policy that is in force in the end", async () => {
    let current = activePolicy({ clients });
    const after = activePolicy({ clients, routes: [sampleRoute({ startSequence: 8n })] });
    const { rehearse } = signer(
      {},
      {
        policies: {
          current: () => current,
          isCurrent(_transaction, active) {
            current = after;
            return active === after;
          },
        },
      },
    );
    expect((await rehearse(sampleRequest())).outcome).toMatchObject({ outcome: "denied", rule: "route" });
  });

  it("is refused to a client that was removed", async () => {
    const { attestor } = signer();
    await rejection("client_refused", attestor.rehearse({ name: "chain-a", pin: pin("Z") }, sampleRequest()));
  });
});
