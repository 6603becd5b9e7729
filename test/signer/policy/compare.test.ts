import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare, type Policy, type Route } from "../../../signer/policy/index.ts";
import { sampleClient, sampleRoute } from "../samples.ts";
import { type Deed, deedsAround, isAllowed } from "./allowed.ts";
import { anyPolicy, pins, policyAndChange, routeNames, signingKeys, tokens } from "./arbitraries.ts";

/** What clients and operators may do besides attesting. */
const otherDeed: fc.Arbitrary<Deed> = fc.oneof(
  fc.record({
    kind: fc.constant<"client">("client"),
    pin: fc.constantFrom(...pins),
    name: fc.constantFrom("chain-a", "chain-b"),
    operation: fc.constantFrom<"read" | "audit">("read", "audit"),
    route: fc.constantFrom(...routeNames),
  }),
  fc.record({
    kind: fc.constant<"rate">("rate"),
    name: fc.constantFrom("chain-a", "chain-b"),
    perSecond: fc.integer({ min: 1, max: 3 }),
    burst: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({
    kind: fc.constant<"operate">("operate"),
    pin: fc.constantFrom(...pins),
    name: fc.constantFrom("olga", "otto"),
  }),
  fc.record({
    kind: fc.constant<"sign">("sign"),
    key: fc.constantFrom(...signingKeys),
    name: fc.constantFrom("olga", "otto"),
  }),
);

/** Random runs that say how to repeat them. */
function assertAlways(property: fc.IProperty<unknown>, numRuns: number): void {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.log(`policy comparison property test: seed ${seed}`);
  fc.assert(property, { seed, numRuns });
}

describe("the comparison of two policies", () => {
  it("finds a widening wherever the new one allows anything that the old one did not", () => {
    let widenings = 0;
    const others = fc.array(otherDeed, { minLength: 20, maxLength: 20 });
    const property = fc.property(policyAndChange, others, ([before, after], tried) => {
      const { widened } = compare(before, after);
      const deeds = [...deedsAround(after, pins, tokens), ...tried];
      const gained = deeds.filter((deed) => isAllowed(after, deed) && !isAllowed(before, deed));
      if (gained.length > 0) widenings += 1;
      expect(gained.length === 0 || widened.length > 0, JSON.stringify(gained[0], bigints)).toBe(true);
    });
    assertAlways(property, 6_000);
    expect(widenings, "the runs must meet widenings").toBeGreaterThan(300);
  });

  it("finds nothing between a policy and itself, in whatever order its lists are", () => {
    const property = fc.property(anyPolicy, (policy) => {
      const turned = {
        ...policy,
        version: policy.version + 1,
        operators: policy.operators.toReversed(),
        clients: policy.clients.map((client) => ({ ...client, pins: client.pins.toReversed() })),
        routes: policy.routes.toReversed(),
      };
      expect(compare(policy, turned)).toEqual({ widened: [], narrowed: [] });
    });
    assertAlways(property, 500);
  });
});

function bigints(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

const pair = { source: "0xA", destination: "0xB" };
const otherPair = { source: "0xC", destination: "0xD" };
const limit = { token: "0xB", single: 5n, window: 50n, windowLength: 60_000 };

function policy(changes: Partial<Policy> = {}): Policy {
  return {
    service: "policy",
    version: 1,
    operators: [
      { name: "olga", certificatePins: ["pin-o"], signingKeys: ["key-o"] },
      { name: "otto", certificatePins: ["pin-p"], signingKeys: ["key-p"] },
    ],
    clients: [sampleClient({ pins: ["pin-a", "pin-b"], rate: { perSecond: 10, burst: 20 } })],
    routes: [fullRoute()],
    denyList: "/list",
    ...changes,
  };
}

function fullRoute(changes: Partial<Route> = {}): Route {
  return sampleRoute({
    versions: [1, 2],
    startSequence: 5n,
    tokens: [pair, otherPair],
    minimumAssurance: "agreed-2",
    signerWait: 1_000,
    agreement: 2,
    limits: { perToken: [limit, { ...limit, token: "0xD" }], maximumJump: 10n },
    paused: true,
    ...changes,
  });
}

const withRoute = (changes: Partial<Route>) => policy({ routes: [fullRoute(changes)] });
const withClient = (changes: object) =>
  policy({ clients: policy().clients.map((client) => ({ ...client, ...changes })) });
const withLimit = (changes: object) =>
  withRoute({
    limits: {
      perToken: [
        { ...limit, ...changes },
        { ...limit, token: "0xD" },
      ],
      maximumJump: 10n,
    },
  });

describe("narrowing alone is", () => {
  it.each<[string, Policy, string]>([
    ["an operator less", policy({ operators: policy().operators.slice(1) }), ".operators.olga: an operator less"],
    ["a client less", policy({ clients: [] }), ".clients.chain-a: a client less"],
    ["a pin less", withClient({ pins: ["pin-a"] }), ".clients.chain-a.pins: pin-b is left out"],
    ["an operation less", withClient({ operations: ["attest"] }), ".clients.chain-a.operations: read is left out"],
    [
      "a lower rate",
      withClient({ rate: { perSecond: 9, burst: 20 } }),
      ".clients.chain-a.rate.perSecond: 9 instead of 10",
    ],
    ["a route less", policy({ routes: [] }), ".routes.one-to-two: a route less"],
    ["a version less", withRoute({ versions: [2] }), ".routes.one-to-two.versions: 1 is left out"],
    [
      "more assurance",
      withRoute({ minimumAssurance: "agreed-3" }),
      ".routes.one-to-two.minimumAssurance: 3 instead of 2",
    ],
    ["a longer wait", withRoute({ signerWait: 1_001 }), ".routes.one-to-two.signerWait: 1001 instead of 1000"],
    ["more clients that agree", withRoute({ agreement: 3 }), ".routes.one-to-two.agreement: 3 instead of 2"],
    [
      "a smaller jump",
      withRoute({ limits: { perToken: [limit, { ...limit, token: "0xD" }], maximumJump: 9n } }),
      ".routes.one-to-two.limits.maximumJump: 9 instead of 10",
    ],
    ["a smaller amount", withLimit({ single: 4n }), ".routes.one-to-two.limits.perToken.0xB.single: 4 instead of 5"],
    ["a smaller sum", withLimit({ window: 49n }), ".routes.one-to-two.limits.perToken.0xB.window: 49 instead of 50"],
    [
      "the same sum over a longer time",
      withLimit({ windowLength: 60_001 }),
      ".routes.one-to-two.limits.perToken.0xB.windowLength: 60001 instead of 60000",
    ],
    [
      "a token less, with its limit",
      withRoute({ tokens: [pair], limits: { perToken: [limit], maximumJump: 10n } }),
      ".routes.one-to-two.tokens: 0xC → 0xD is left out",
    ],
  ])("%s", (_what, after, line) => {
    expect(compare(policy(), after)).toEqual({ widened: [], narrowed: [line] });
  });

  it.each<[string, Partial<Route>]>([
    ["a list of tokens where there was none", { tokens: [pair] }],
    ["a first limit", { limits: { maximumJump: 10n } }],
    ["limits of every token", { tokens: [pair], limits: { perToken: [limit] } }],
    ["a first wait", { signerWait: 1 }],
    ["a first agreement", { agreement: 2 }],
    ["a pause", { paused: true }],
  ])("%s", (_what, changes) => {
    const { widened, narrowed } = compare(
      policy({ routes: [sampleRoute()] }),
      policy({ routes: [sampleRoute(changes)] }),
    );
    expect(widened).toEqual([]);
    expect(narrowed).not.toEqual([]);
  });

  it("a later start, where no jump is limited", () => {
    const starting = (startSequence: bigint) => policy({ routes: [sampleRoute({ startSequence })] });
    expect(compare(starting(5n), starting(6n))).toEqual({
      widened: [],
      narrowed: [".routes.one-to-two.startSequence: 6 instead of 5"],
    });
  });

  it("a first deny list", () => {
    const { denyList: _none, ...without } = policy();
    expect(compare(without, policy())).toEqual({ widened: [], narrowed: [".denyList: is new"] });
  });
});

describe("widening is", () => {
  const [olga, otto] = policy().operators;
  it.each<[string, Policy, string]>([
    [
      "an operator more",
      policy({ operators: [...policy().operators, { name: "eve", certificatePins: [], signingKeys: [] }] }),
      ".operators.eve: an operator more",
    ],
    [
      "another signing key",
      policy({
        operators: [{ ...olga, signingKeys: ["key-x"] } as typeof otto & object, otto as typeof otto & object],
      }),
      ".operators.olga.signingKeys: key-x is new",
    ],
    ["another name for a client", withClient({ name: "chain-z" }), ".clients.chain-z: a client more"],
    ["another pin", withClient({ pins: ["pin-a", "pin-z"] }), ".clients.chain-a.pins: pin-z is new"],
    ["another operation", withClient({ operations: ["attest", "audit"] }), ".clients.chain-a.operations: audit is new"],
    [
      "a higher burst",
      withClient({ rate: { perSecond: 1, burst: 21 } }),
      ".clients.chain-a.rate.burst: 21 instead of 20",
    ],
    ["a route by another name", withRoute({ name: "renamed" }), ".routes.renamed: a route more"],
    [
      "another contract",
      withRoute({ source: { ...fullRoute().source, tokenService: "0xEvil" } }),
      ".routes.one-to-two.source: 1 evm 0xEvil instead of 1 evm 0x5FbDB2315678afecb367f032d93F642f64180aa3",
    ],
    ["another key", withRoute({ key: "k" }), ".routes.one-to-two.key: k instead of to-two"],
    ["an earlier start", withRoute({ startSequence: 4n }), ".routes.one-to-two.startSequence: 4 instead of 5"],
    [
      "a later start, from which a jump would be counted",
      withRoute({ startSequence: 6n }),
      ".routes.one-to-two.startSequence: jumps are counted from 6 on",
    ],
    ["every token", withRoute({ tokens: undefined, limits: undefined }), ".routes.one-to-two.tokens: every token"],
    [
      "another pair",
      withRoute({ tokens: [pair, { source: "0xE", destination: "0xD" }] }),
      ".routes.one-to-two.tokens: 0xE → 0xD is new",
    ],
    [
      "less assurance",
      withRoute({ minimumAssurance: undefined }),
      ".routes.one-to-two.minimumAssurance: 1 instead of 2",
    ],
    ["no wait", withRoute({ signerWait: undefined }), ".routes.one-to-two.signerWait: none instead of 1000"],
    ["a larger amount", withLimit({ single: 6n }), ".routes.one-to-two.limits.perToken.0xB.single: 6 instead of 5"],
    [
      "no limit on the amount",
      withLimit({ single: undefined }),
      ".routes.one-to-two.limits.perToken.0xB.single: none instead of 5",
    ],
    [
      "the same sum over a shorter time",
      withLimit({ windowLength: 59_999 }),
      ".routes.one-to-two.limits.perToken.0xB.windowLength: 59999 instead of 60000",
    ],
    [
      "a limit less for a token that may be sent",
      withRoute({ limits: { perToken: [limit], maximumJump: 10n } }),
      ".routes.one-to-two.limits.perToken.0xD: is left out",
    ],
    ["the end of a pause", withRoute({ paused: false }), ".routes.one-to-two.paused: no longer"],
    ["another deny list", policy({ denyList: "/other" }), ".denyList: is another file"],
    ["no deny list", policy({ denyList: undefined }), ".denyList: is left out"],
  ])("%s", (_what, after, line) => {
    expect(compare(policy(), after).widened).toContain(line);
  });

  it("a pin that moves from one client to another", () => {
    const clients = [sampleClient({ pins: ["pin-a", "pin-b"] }), sampleClient({ name: "chain-b", pins: ["pin-c"] })];
    const moved = [sampleClient({ pins: ["pin-a"] }), sampleClient({ name: "chain-b", pins: ["pin-c", "pin-b"] })];
    expect(compare(policy({ clients }), policy({ clients: moved })).widened).toEqual([
      ".clients.chain-b.pins: pin-b is new",
    ]);
  });
});
