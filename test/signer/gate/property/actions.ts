import fc from "fast-check";
import { clientNames, type Knobs, operatorNames } from "./knobs.ts";

/** One thing that somebody does to the signer. */
export type Action =
  | {
      readonly kind: "ask";
      /** One after the other. */
      readonly clients: readonly string[];
      readonly sequence: number;
      readonly variant: "usual" | "larger" | "flagged" | "denied receiver";
      readonly keeperFails: boolean;
      readonly dryRun: boolean;
    }
  | {
      readonly kind: "release";
      readonly operators: readonly string[];
      readonly hold: number;
      readonly otherDigest: boolean;
      /** Whether who asked last for it asks again at once. */
      readonly askAgain: boolean;
    }
  | { readonly kind: "drop"; readonly operator: string; readonly hold: number }
  | { readonly kind: "pause"; readonly operator: string; readonly everything: boolean }
  | { readonly kind: "resume"; readonly signers: readonly string[]; readonly pause: number }
  | { readonly kind: "pause file"; readonly there: boolean }
  | { readonly kind: "reload"; readonly change: Partial<Knobs>; readonly signers: readonly string[] }
  | { readonly kind: "restart" | "reboot" }
  | { readonly kind: "wait"; readonly minutes: number }
  | { readonly kind: "set clock"; readonly minutes: number }
  | { readonly kind: "acknowledge"; readonly signers: readonly string[] }
  /** Operators end whatever keeps everything back. */
  | { readonly kind: "clear"; readonly signers: readonly string[] };

const maybe = <T>(...values: T[]) =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom<T | undefined>(...values) },
  );
const some = <T>(values: readonly T[], minLength: number) =>
  fc.subarray([...values], { minLength, maxLength: values.length });

const knobs = {
  single: maybe(2, 6),
  window: maybe(6, 12),
  windowLength: fc.constantFrom(2, 24),
  signerWait: maybe(1, 3),
  agreement: maybe(2, 3),
  minimumAssurance: fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom("agreed-2" as const, "proved" as const) },
  ),
  maximumJump: maybe(1, 2),
  startSequence: fc.constantFrom(1, 1, 1, 1, 3),
  paused: fc.constantFrom(false, false, false, false, true),
  denyList: fc.boolean(),
  clients: some(clientNames, 1),
  operators: some(operatorNames, 2),
} satisfies { [K in keyof Knobs]: fc.Arbitrary<Knobs[K]> };

/** Mostly everybody may do everything at first; what the route demands is open. */
export const firstKnobs: fc.Arbitrary<Knobs> = fc
  .record({
    ...knobs,
    paused: fc.constant(false),
    clients: fc.constant(clientNames),
    operators: fc.constant(operatorNames),
  })
  .map(reachable);

/** A policy that asks for more agreement than there are clients does not load; ask for what can be. */
export function reachable(wanted: Knobs): Knobs {
  const { agreement, clients } = wanted;
  const possible = agreement !== undefined && agreement <= clients.length ? agreement : undefined;
  const { minimumAssurance } = wanted;
  const vouched = minimumAssurance === "agreed-2" && possible === undefined ? undefined : minimumAssurance;
  return { ...wanted, agreement: possible, minimumAssurance: vouched };
}

const operator = fc.constantFrom(...operatorNames);
const pair = fc.constantFrom(["olga", "otto"], ["otto", "omar"]);
const signers = fc.oneof(
  { weight: 4, arbitrary: pair as fc.Arbitrary<readonly string[]> },
  { weight: 1, arbitrary: fc.constantFrom<readonly string[]>(["olga"], ["otto", "otto"], ["olga", "mallory"]) },
);
const change = fc
  .constantFrom(...(Object.keys(knobs) as (keyof Knobs)[]))
  .chain((name) => (knobs[name] as fc.Arbitrary<unknown>).map((value) => ({ [name]: value }) as Partial<Knobs>));

const ask = fc.record({
  kind: fc.constant("ask" as const),
  clients: fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...clientNames).map((name) => [name]) },
    { weight: 1, arbitrary: fc.shuffledSubarray([...clientNames], { minLength: 2 }) },
  ),
  sequence: fc.constantFrom(1, 2, 3, 3, 4, 5, 8),
  variant: fc.constantFrom(
    "usual",
    "usual",
    "usual",
    "usual",
    "usual",
    "larger",
    "flagged",
    "denied receiver" as const,
  ),
  keeperFails: fc.constantFrom(false, false, false, false, false, false, false, true),
  dryRun: fc.constantFrom(false, false, false, false, false, false, false, false, true),
}) as fc.Arbitrary<Action>;

const others: readonly [number, fc.Arbitrary<Action>][] = [
  [
    8,
    fc.record({
      kind: fc.constant("release" as const),
      operators: fc.oneof(pair as fc.Arbitrary<readonly string[]>, fc.tuple(operator)),
      hold: fc.nat(9),
      otherDigest: fc.constantFrom(false, false, false, false, true),
      askAgain: fc.boolean(),
    }),
  ],
  [2, fc.record({ kind: fc.constant("drop" as const), operator, hold: fc.nat(9) })],
  [2, fc.record({ kind: fc.constant("pause" as const), operator, everything: fc.boolean() })],
  [4, fc.record({ kind: fc.constant("resume" as const), signers, pause: fc.nat(3) })],
  [2, fc.record({ kind: fc.constant("pause file" as const), there: fc.constantFrom(true, false, false) })],
  [6, fc.record({ kind: fc.constant("reload" as const), change, signers })],
  [3, fc.record({ kind: fc.constantFrom("restart" as const, "restart" as const, "reboot" as const) })],
  [9, fc.record({ kind: fc.constant("wait" as const), minutes: fc.constantFrom(5, 61, 61, 100, 181, 1_500) })],
  [2, fc.record({ kind: fc.constant("set clock" as const), minutes: fc.constantFrom(4, -4, 190, -190) })],
  [2, fc.record({ kind: fc.constant("acknowledge" as const), signers })],
  [4, fc.record({ kind: fc.constant("clear" as const), signers })],
];

export const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 45, arbitrary: ask },
  ...others.map(([weight, arbitrary]) => ({ weight, arbitrary })),
);
