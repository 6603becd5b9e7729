import { stringifyJson } from "../../../../shared/json/index.ts";
import { addresses, sampleRoute } from "../../samples.ts";
import { benchClient, hour, sampleOperator } from "../bench.ts";

export const clientNames = ["chain-a", "chain-b", "chain-c"] as const;
export const operatorNames = ["olga", "otto", "omar"] as const;

/** On the deny list. */
export const deniedReceiver = addresses.sender;

/** What a policy of these tests can say about the one route that is watched. `undefined` asks for nothing. */
export interface Knobs {
  readonly single: number | undefined;
  readonly window: number | undefined;
  /** In hours. */
  readonly windowLength: number;
  /** In hours. */
  readonly signerWait: number | undefined;
  readonly agreement: number | undefined;
  readonly minimumAssurance: "agreed-2" | "proved" | undefined;
  readonly maximumJump: number | undefined;
  readonly startSequence: number;
  readonly paused: boolean;
  readonly denyList: boolean;
  /** Those that may ask on the route; the others may ask on another one only. */
  readonly clients: readonly string[];
  readonly operators: readonly string[];
}

/** Asks for nothing and lets everybody. */
export const everything: Knobs = {
  single: undefined,
  window: undefined,
  windowLength: 24,
  signerWait: undefined,
  agreement: undefined,
  minimumAssurance: undefined,
  maximumJump: undefined,
  startSequence: 1,
  paused: false,
  denyList: false,
  clients: clientNames,
  operators: operatorNames,
};

/** The text of the policy, for the policies' folder to have the file deny.txt. */
export function policyText(version: number, knobs: Knobs): string {
  const { single, window, signerWait, agreement, minimumAssurance, maximumJump, denyList } = knobs;
  const watched = sampleRoute();
  const { name: _, ...back } = { ...watched, source: watched.destination, destination: watched.source, key: "to-one" };
  const hasLimit = single !== undefined || window !== undefined;
  const limit = {
    token: addresses.token,
    ...(single !== undefined && { single: `${single}` }),
    ...(window !== undefined && { window: `${window}` }),
    windowLength: `${knobs.windowLength}h`,
  };
  const limits = {
    ...(hasLimit && { perToken: [limit] }),
    ...(maximumJump !== undefined && { maximumJump: `${maximumJump}` }),
  };
  const route = {
    ...watched,
    startSequence: knobs.startSequence,
    tokens: [{ source: addresses.sender, destination: addresses.token }],
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(signerWait !== undefined && { signerWait: `${signerWait}h` }),
    ...(agreement !== undefined && { agreement }),
    ...(minimumAssurance !== undefined && { minimumAssurance }),
    paused: knobs.paused,
  };
  return stringifyJson({
    service: "policy",
    version,
    operators: knobs.operators.map(sampleOperator),
    clients: clientNames.map((name) => ({
      ...benchClient(name),
      routes: ["two-to-one", ...(knobs.clients.includes(name) ? [watched.name] : [])],
    })),
    routes: [route, { ...back, name: "two-to-one" }],
    ...(denyList && { denyList: "deny.txt" }),
  });
}

/** Whether the second allows anything that the first does not, told without the comparison that is under test. */
export function loosens(before: Knobs, after: Knobs): boolean {
  const most = (limit: number | undefined) => limit ?? Number.POSITIVE_INFINITY;
  const least = (demand: number | undefined) => demand ?? 0;
  const strength = (demand: Knobs["minimumAssurance"]) => ({ none: 0, "agreed-2": 2, proved: 100 })[demand ?? "none"];
  return (
    most(after.single) > most(before.single) ||
    most(after.window) > most(before.window) ||
    (before.window !== undefined && after.windowLength < before.windowLength) ||
    least(after.signerWait) < least(before.signerWait) ||
    least(after.agreement) < least(before.agreement) ||
    strength(after.minimumAssurance) < strength(before.minimumAssurance) ||
    most(after.maximumJump) > most(before.maximumJump) ||
    after.startSequence < before.startSequence ||
    (after.startSequence > before.startSequence && before.maximumJump !== undefined) ||
    (before.paused && !after.paused) ||
    (before.denyList && !after.denyList) ||
    after.clients.some((name) => !before.clients.includes(name)) ||
    after.operators.some((name) => !before.operators.includes(name))
  );
}

export const hours = (count: number) => count * hour;
