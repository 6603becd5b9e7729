import fc from "fast-check";
import { expect } from "vitest";
import { AttestorError } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { readPolicy } from "../../../signer/policy/index.ts";
import { parseStatement } from "../../../signer/policy/statement.ts";
import { assertAlways } from "../../support/assertAlways.ts";
import { spoiltJson, spoiltText, spoiltValue } from "../../support/spoilt.ts";
import { type Deed, deedsAround, isAllowed } from "../policy/allowed.ts";
import { type PolicyData, policyWorld } from "../policy/policyWorld.ts";
import { addresses } from "../samples.ts";

/** What is thrown must be one of these; anything else is a fault. */
function codeOf(error: unknown, expected: readonly string[]): void {
  if (error instanceof AttestorError && expected.includes(error.code)) return;
  throw error;
}

/** A policy that says something about everything that it can. */
function fullPolicy(policy: PolicyData): void {
  const [client] = policy.clients;
  const [route] = policy.routes;
  policy.clients.push({ ...client, name: "chain-b", pins: [`sha256/${"B".repeat(43)}=`] });
  Object.assign(route, {
    versions: [1, 2],
    tokens: [{ source: addresses.sender, destination: addresses.token }],
    limits: {
      perToken: [{ token: addresses.token, single: "3", window: "4", windowLength: "2h" }],
      maximumJump: "2",
    },
    signerWait: "1h",
    agreement: 2,
    minimumAssurance: "agreed-2",
    paused: false,
  });
}

const yamlOf = ({ clients, routes, operators, ...head }: PolicyData) =>
  [
    ...Object.entries(head).map(([name, value]) => `${name}: ${value}`),
    ...Object.entries({ operators, clients, routes }).flatMap(([name, list]) => [
      `${name}: # a list`,
      ...(list as object[]).map((entry) => `  - ${JSON.stringify(entry)}`),
    ]),
    "",
  ].join("\n");

/** Whatever a policy's text is, it is read as a policy or refused with every problem named. */
export async function fuzzPolicyTexts(runs: number): Promise<void> {
  const world = policyWorld();
  const data = JSON.parse(world.text(2, fullPolicy));
  readPolicy(yamlOf(data), world.file);
  const property = fc.property(fc.oneof(spoiltText(yamlOf(data)), spoiltJson(data)), (text) => {
    try {
      const { policy } = readPolicy(text, world.file);
      expect(policy.operators.length).toBeGreaterThan(1);
    } catch (error) {
      codeOf(error, ["config_invalid"]);
    }
  });
  await assertAlways("policies", property, runs);
}

/** Changes that a person may make, each by itself sound: most spoilt policies are none at all. */
const plausible: readonly ((policy: PolicyData) => unknown)[] = [
  (p) => p.clients[0].pins.push(`sha256/${"D".repeat(43)}=`),
  (p) => Object.assign(p.clients[0], { operations: ["attest"] }),
  (p) => Object.assign(p.clients[1], { operations: ["attest", "read", "audit"] }),
  (p) => Object.assign(p.clients[0], { rate: { perSecond: 50, burst: 400 } }),
  (p) => Object.assign(p.clients[0], { rate: { perSecond: 500, burst: 400 } }),
  (p) => p.clients.push({ ...p.clients[0], name: "chain-c", pins: [`sha256/${"C".repeat(43)}=`] }),
  (p) => p.operators.reverse(),
  (p) => p.operators[0].certificatePins.push(`sha256/${"E".repeat(43)}=`),
  ...[
    { single: "2" },
    { single: "4" },
    { window: "3" },
    { window: "9" },
    { windowLength: "1h" },
    { windowLength: "3h" },
  ].map((change) => (p: PolicyData) => Object.assign(p.routes[0].limits.perToken[0], change)),
  ...[{ maximumJump: "1" }, { maximumJump: "3" }].map(
    (change) => (p: PolicyData) => Object.assign(p.routes[0].limits, change),
  ),
  ...[
    { versions: [1] },
    { versions: [1, 2, 3] },
    { signerWait: "59m" },
    { signerWait: "61m" },
    { agreement: undefined, minimumAssurance: undefined },
    { minimumAssurance: "proved" },
    { minimumAssurance: "claimed" },
    { startSequence: "6" },
    { startSequence: "4" },
    { paused: true },
    { limits: undefined },
  ].map((change) => (p: PolicyData) => Object.assign(p.routes[0], change)),
  // last, because the others change the client that is then gone
  (p) => p.clients.pop(),
];

function isMembers(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A spoilt policy that one operator signed comes into force only if it allows nothing that the one before did not.
 *
 * @returns how many came into force, and how many were refused because they take two.
 */
export async function fuzzPolicyChanges(runs: number): Promise<{ applied: number; takeTwo: number }> {
  const world = policyWorld();
  const policies = await world.open();
  const met = { applied: 0, takeTwo: 0 };
  const { version: _, ...data } = JSON.parse(world.text(1, fullPolicy));
  const changed = fc.subarray([...plausible], { minLength: 1, maxLength: 2 }).map((changes) => {
    const copy: PolicyData = structuredClone(data);
    for (const change of changes) change(copy);
    return JSON.parse(JSON.stringify(copy));
  });
  const spoiltOne = fc.oneof({ weight: 3, arbitrary: changed }, { weight: 1, arbitrary: spoiltValue(data) });
  const property = fc.asyncProperty(spoiltOne, async (spoilt) => {
    const { version } = policies.current().policy;
    const full = world.text(version + 1, fullPolicy);
    await policies.apply(full, world.approval(full, ["olga", "otto"]));
    const before = policies.current().policy;
    const text = stringifyJson(isMembers(spoilt) ? { ...spoilt, version: version + 2 } : null);
    try {
      await policies.apply(text, world.approval(text, ["olga"]));
    } catch (error) {
      codeOf(error, ["policy_refused", "approval_refused", "config_invalid"]);
      if (error instanceof AttestorError && error.code === "approval_refused") met.takeTwo += 1;
      expect(policies.current().policy).toBe(before);
      return;
    }
    met.applied += 1;
    const after = policies.current().policy;
    const pins = [...before.clients, ...after.clients].flatMap((client) => client.pins);
    const operates: Deed[] = after.operators.flatMap(({ name, certificatePins, signingKeys }) => [
      ...certificatePins.map((pin) => ({ kind: "operate", pin, name }) as const),
      ...signingKeys.map((key) => ({ kind: "sign", key, name }) as const),
    ]);
    const deeds = [...deedsAround(after, [...new Set(pins)], [addresses.token, addresses.receiver]), ...operates];
    const gained = deeds.find((deed) => isAllowed(after, deed) && !isAllowed(before, deed));
    expect(gained, "something was gained by one signature").toBeUndefined();
  });
  await assertAlways("policy changes", property, runs);
  return met;
}

/** A statement is read if it is written exactly so, and else refused; a signature over another one approves nothing. */
export async function fuzzApprovals(runs: number): Promise<void> {
  const world = policyWorld();
  const policies = await world.open();
  const text = world.text(2, fullPolicy);
  const good = world.approval(text, ["olga", "otto"]);
  const [first = "", second = ""] = good.signatures;
  const spoilt = fc.oneof(
    spoiltText(good.statement).map((statement) => ({ ...good, statement })),
    spoiltText(first).map((signature) => ({ ...good, signatures: [signature, second] })),
    fc
      .constantFrom<string[]>([], [first], [first, first], [second, second, second])
      .map((signatures) => ({ ...good, signatures })),
  );
  const property = fc.asyncProperty(spoilt, async (approval) => {
    // white space around the lines of an armour says nothing
    const meansTheSame =
      JSON.stringify(approval).replaceAll(/\\[nrt]|\s/g, "") === JSON.stringify(good).replaceAll(/\\[nrt]|\s/g, "");
    fc.pre(!meansTheSame);
    try {
      parseStatement(approval.statement);
    } catch (error) {
      codeOf(error, ["invalid_field"]);
    }
    await expect(policies.apply(text, approval)).rejects.toMatchObject({ code: "approval_refused" });
  });
  await assertAlways("approvals", property, runs);
  expect(policies.current().policy.version).toBe(1);
}
