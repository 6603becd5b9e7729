import fc from "fast-check";
import type { Client, Limits, Operation, Operator, Policy, Route, TokenLimit } from "../../../signer/policy/index.ts";

// Few values of everything, so that two policies and a request have much to do with each other.
const some = <T>(...values: T[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: values.length });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
/** Nine times of ten that value: a policy that allows nothing shows nothing. */
const mostly = <T>(value: T, arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(value) }, { weight: 1, arbitrary });
const small = fc.bigInt({ min: 0n, max: 4n });

export const tokens = ["token-1", "token-2"] as const;
const sources = ["source-1", "source-2"] as const;
const services = ["service-1", "service-2"] as const;
export const pins = ["pin-1", "pin-2", "pin-3", "pin-4"] as const;
export const signingKeys = ["key-1", "key-2", "key-3"] as const;
export const routeNames = ["route-1", "route-2"] as const;
const listFiles = ["list-1", "list-2"] as const;

const operator = (name: string): fc.Arbitrary<Operator> =>
  fc.record({ name: fc.constant(name), certificatePins: some(...pins), signingKeys: some(...signingKeys) });

const client = (name: string): fc.Arbitrary<Client> =>
  fc.record({
    name: fc.constant(name),
    pins: some(...pins),
    routes: mostly<string[]>([...routeNames], fc.uniqueArray(fc.constantFrom<string>(...routeNames))),
    schemes: mostly<Client["schemes"]>(["verulink-evm"], fc.constant([])),
    operations: mostly<Operation[]>(["attest"], some<Operation>("attest", "read", "audit", "verulink")),
    rate: fc.record({ perSecond: fc.integer({ min: 1, max: 3 }), burst: fc.integer({ min: 1, max: 3 }) }),
  });

const pair = fc.record({
  source: fc.constantFrom<string>(...sources),
  destination: fc.constantFrom<string>(...tokens),
});

const tokenLimit = (token: string): fc.Arbitrary<TokenLimit> =>
  fc.record({
    token: fc.constant(token),
    single: maybe(small),
    window: maybe(small),
    windowLength: fc.constantFrom(60_000, 120_000),
  });

const limits: fc.Arbitrary<Limits> = fc.record({
  perToken: maybe(
    fc.tuple(...tokens.map((token) => maybe(tokenLimit(token)))).map((list) => list.filter((each) => !!each)),
  ),
  maximumJump: maybe(small),
});

const end = (chainId: bigint) =>
  fc.record({
    chainId: fc.constant(chainId),
    family: fc.constant<"evm">("evm"),
    tokenService: fc.constantFrom<string>(...services),
  });

const route = (name: string): fc.Arbitrary<Route> =>
  fc.record({
    name: fc.constant(name),
    deployment: fc.constantFrom("main", "other"),
    source: end(1n),
    destination: end(2n),
    scheme: fc.constant<"verulink-evm">("verulink-evm"),
    key: fc.constantFrom("hsm-1", "hsm-2"),
    versions: some(1, 2),
    startSequence: small,
    tokens: maybe(fc.uniqueArray(pair, { minLength: 1, selector: ({ destination }) => destination })),
    minimumAssurance: maybe(fc.constantFrom<NonNullable<Route["minimumAssurance"]>>("claimed", "agreed-2", "proved")),
    signerWait: maybe(fc.integer({ min: 1, max: 3 })),
    agreement: maybe(fc.integer({ min: 2, max: 3 })),
    limits: maybe(limits),
    paused: mostly<boolean | undefined>(undefined, fc.boolean()),
  });

const named = <T>(names: readonly string[], one: (name: string) => fc.Arbitrary<T>) =>
  fc
    .tuple(...names.map((name) => fc.option(one(name), { nil: undefined, freq: 6 })))
    .map((list) => list.filter((each) => each !== undefined));

export const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  service: fc.constant<"policy">("policy"),
  version: fc.integer({ min: 1, max: 9 }),
  operators: named(["olga", "otto"], operator),
  clients: named(["chain-a", "chain-b"], client),
  routes: named(routeNames, route),
  denyList: maybe(fc.constantFrom<string>(...listFiles)),
});

/** A policy and one that differs from it in one or two of its parts. */
export const policyAndChange: fc.Arbitrary<[Policy, Policy]> = fc
  .tuple(anyPolicy, anyPolicy, fc.array(fc.nat(1_000), { minLength: 1, maxLength: 2 }))
  .map(([before, other, choices]) => [
    before,
    choices.reduce((policy, choice) => graft(policy, other, choice), before),
  ]);

/** The policy with one part of another in its place. */
function graft(policy: Policy, other: Policy, choice: number): Policy {
  const lists = ["operators", "clients", "clients", "routes", "routes", "routes", "routes"] as const;
  const list = lists[choice % lists.length] ?? "routes";
  const turn = Math.floor(choice / lists.length);
  const [first, ...rest] = policy[list];
  const twin = other[list].find(({ name }) => name === first?.name);
  if (!first || !twin) return { ...policy, [list]: other[list], denyList: other.denyList };
  const fields = Object.keys(twin).filter((field) => field !== "name");
  const field = fields[turn % fields.length] ?? "name";
  const changed = "limits" in first && turn % 2 === 0 ? graftLimit(first, twin, turn) : undefined;
  return { ...policy, [list]: [changed ?? { ...first, [field]: Reflect.get(twin, field) }, ...rest] };
}

/** The route with one number of another route's token limit, if both have any. */
function graftLimit(route: Route, twin: object, turn: number): Route | undefined {
  const [limit, ...others] = route.limits?.perToken ?? [];
  const [source] = (twin as Route).limits?.perToken ?? [];
  const field = (["single", "window", "windowLength", "maximumJump"] as const)[Math.floor(turn / 2) % 4] ?? "single";
  if (field === "maximumJump") {
    return { ...route, limits: { ...route.limits, maximumJump: (twin as Route).limits?.maximumJump } };
  }
  if (!limit || !source) return undefined;
  const perToken = [{ ...limit, [field]: source[field] }, ...others];
  return { ...route, limits: { ...route.limits, perToken } };
}
