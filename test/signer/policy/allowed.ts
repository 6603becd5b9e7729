import type { Policy, Route } from "../../../signer/policy/index.ts";

/** Something that somebody may or may not do: what a policy means, told once more and in another way. */
export type Deed =
  | {
      readonly kind: "attest";
      readonly pin: string;
      readonly operation: "attest" | "verulink";
      readonly deployment: string;
      readonly sourceService: string;
      readonly destinationService: string;
      readonly key: string;
      readonly version: number;
      readonly sequence: bigint;
      /** The highest sequence that was reserved before. */
      readonly highest: bigint;
      readonly token: string;
      readonly amount: bigint;
      /** White verdicts before, each with its age in milliseconds. */
      readonly earlier: readonly { readonly age: number; readonly amount: bigint }[];
      readonly waited: number;
      readonly agreeing: number;
      /** Strength of the evidence: 1 claimed, K agreed-K, 100 proved. */
      readonly strength: number;
      readonly receiver: string;
    }
  | {
      readonly kind: "client";
      readonly pin: string;
      readonly name: string;
      readonly operation: "read" | "audit";
      readonly route: string;
    }
  | { readonly kind: "rate"; readonly name: string; readonly perSecond: number; readonly burst: number }
  | { readonly kind: "operate"; readonly pin: string; readonly name: string }
  | { readonly kind: "sign"; readonly key: string; readonly name: string };

/** Who stands on which list. */
const listed: Readonly<Record<string, readonly string[]>> = { "list-1": ["mallory"], "list-2": ["trudy"] };

export function isAllowed(policy: Policy, deed: Deed): boolean {
  switch (deed.kind) {
    case "attest":
      return mayAttest(policy, deed);
    case "client":
      return policy.clients.some(
        ({ name, pins, operations, routes }) =>
          name === deed.name &&
          pins.includes(deed.pin) &&
          operations.includes(deed.operation) &&
          (deed.operation === "audit" || routes.includes(deed.route)),
      );
    case "rate":
      return policy.clients.some(
        ({ name, rate }) => name === deed.name && rate.perSecond >= deed.perSecond && rate.burst >= deed.burst,
      );
    case "operate":
      return policy.operators.some(
        ({ name, certificatePins }) => name === deed.name && certificatePins.includes(deed.pin),
      );
    case "sign":
      return policy.operators.some(({ name, signingKeys }) => name === deed.name && signingKeys.includes(deed.key));
  }
}

function mayAttest(policy: Policy, deed: Extract<Deed, { kind: "attest" }>): boolean {
  if (policy.denyList && listed[policy.denyList]?.includes(deed.receiver)) return false;
  return policy.routes.some(
    (route) =>
      fits(route, deed) &&
      policy.clients.some(
        ({ pins, routes, schemes, operations }) =>
          pins.includes(deed.pin) &&
          operations.includes(deed.operation) &&
          routes.includes(route.name) &&
          schemes.includes(route.scheme),
      ),
  );
}

function fits(route: Route, deed: Extract<Deed, { kind: "attest" }>): boolean {
  const needed = { claimed: 1, "agreed-2": 2, proved: 100 }[route.minimumAssurance as "claimed"] ?? 1;
  const limit = route.limits?.perToken?.find(({ token }) => token === deed.token);
  const beforeStart = route.startSequence - 1n;
  const jump = deed.sequence - (deed.highest > beforeStart ? deed.highest : beforeStart);
  const recent = deed.earlier.filter(({ age }) => age < (limit?.windowLength ?? 0));
  const sum = recent.reduce((total, { amount }) => total + amount, deed.amount);
  return (
    !route.paused &&
    route.deployment === deed.deployment &&
    route.source.tokenService === deed.sourceService &&
    route.destination.tokenService === deed.destinationService &&
    route.key === deed.key &&
    route.versions.includes(deed.version) &&
    deed.sequence >= route.startSequence &&
    (!route.tokens || route.tokens.some(({ destination }) => destination === deed.token)) &&
    deed.strength >= needed &&
    deed.waited >= (route.signerWait ?? 0) &&
    deed.agreeing >= (route.agreement ?? 1) &&
    (route.limits?.maximumJump === undefined || jump <= route.limits.maximumJump) &&
    (limit?.single === undefined || deed.amount <= limit.single) &&
    (limit?.window === undefined || sum <= limit.window)
  );
}

const grid = [0n, 1n, 2n, 3n, 4n];

/** Deeds at the limits of a policy: each differs in one respect from what asks for as little as can be. */
export function deedsAround(policy: Policy, pins: readonly string[], tokens: readonly string[]): Deed[] {
  const operations = ["attest", "verulink"] as const;
  return policy.routes.flatMap((route) => {
    const modest = {
      kind: "attest",
      deployment: route.deployment,
      sourceService: route.source.tokenService,
      destinationService: route.destination.tokenService,
      key: route.key,
      version: route.versions[0] ?? 1,
      sequence: 9n,
      highest: 9n,
      amount: 0n,
      earlier: [],
      waited: 9,
      agreeing: 9,
      strength: 100,
      receiver: "bob",
    } as const;
    const asked = pins.flatMap((pin) =>
      operations.flatMap((operation) => tokens.map((token) => ({ ...modest, pin, operation, token }))),
    );
    const able = asked.filter((deed) => isAllowed(policy, deed));
    const variations = [
      { version: 1 },
      { version: 2 },
      { receiver: "mallory" },
      { receiver: "trudy" },
      ...grid.flatMap((n) => [{ sequence: n }, { amount: n }, { waited: Number(n) }]),
      ...grid.flatMap((highest) => [...grid, 9n].map((sequence) => ({ sequence, highest }))),
      ...grid.flatMap((amount) => [1, 90_000].map((age) => ({ earlier: [{ age, amount }] }))),
      ...[1, 2, 3].map((agreeing) => ({ agreeing })),
      ...[1, 2, 3].map((strength) => ({ strength })),
    ];
    const limits = tokens.flatMap((token) => {
      const first = able.find((deed) => deed.token === token);
      return first ? variations.map((variation) => ({ ...first, ...variation })) : [];
    });
    return [...asked, ...limits];
  });
}
