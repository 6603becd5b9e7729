import { describe, expect, it } from "vitest";
import { signerOf } from "../../shared/ecdsa/index.ts";
import type { SigningKey } from "../../signer/attest.ts";
import { keyListProblems } from "../../signer/configChecks.ts";
import { compare, keyOfSequence, type Route } from "../../signer/policy/index.ts";
import { routeKeyProblems } from "../../signer/policy/keyChecks.ts";
import { routeListProblems } from "../../signer/policy/routeChecks.ts";
import { testKeeper } from "../support/testKeeper.ts";
import { attestorWith, client, signingKey } from "./attestorUnderTest.ts";
import { activePolicy, sampleClient, sampleRequest, sampleRoute } from "./samples.ts";

const old = signingKey("to-two", 2);
const successor = signingKey("to-two-b", 3, { succeeds: "to-two" });
const rotated = (fromSequence: bigint, changes: Partial<Route> = {}) =>
  sampleRoute({ successors: [{ key: successor.name, fromSequence }], ...changes });

describe("a route whose key has a successor", () => {
  it("is signed by each key in its own stretch of sequences", () => {
    const route = sampleRoute({
      successors: [
        { key: "b", fromSequence: 10n },
        { key: "c", fromSequence: 20n },
      ],
    });
    expect([1n, 9n, 10n, 19n, 20n, 999n].map((sequence) => keyOfSequence(route, sequence))).toEqual([
      "to-two",
      "to-two",
      "b",
      "b",
      "c",
      "c",
    ]);
    expect(keyOfSequence(sampleRoute(), 999n)).toBe("to-two");
  });

  it.each<[string, Route, string]>([
    ["out of order", rotated(1n), "must be above 1, where the key before begins"],
    ["that is the key itself", rotated(9n, { key: successor.name }), "is a key of this route already"],
  ])("refuses a successor %s", (_what, route, reason) => {
    expect(routeListProblems([route], [sampleClient()]).map((problem) => problem.reason)).toContain(reason);
  });

  it("needs keys that serve it", () => {
    expect(routeKeyProblems([rotated(10n)], [old, successor])).toEqual([]);
    const [problem] = routeKeyProblems([rotated(10n)], [old, { ...successor, destination: 3n }]);
    expect(problem).toMatchObject({
      path: ["routes", 0, "successors", 0, "key"],
      reason: expect.stringContaining("key to-two-b serves destination 3 only"),
    });
  });

  it("changes by two operators only, whichever way the line moves", () => {
    const policyOf = (route: Route) => activePolicy({ routes: [route] }).policy;
    const changes: [Route, Route][] = [
      [sampleRoute(), rotated(10n)],
      [rotated(10n), rotated(9n)],
      [rotated(10n), rotated(11n)],
      [rotated(10n), sampleRoute()],
    ];
    for (const [before, after] of changes) {
      expect(compare(policyOf(before), policyOf(after)).widened).toHaveLength(1);
    }
    expect(compare(policyOf(rotated(10n)), policyOf(rotated(10n)))).toEqual({ widened: [], narrowed: [] });
  });
});

describe("a key that succeeds another", () => {
  it("may serve the same", () => {
    expect(keyListProblems([old, successor])).toEqual([]);
  });

  it.each<[string, SigningKey[], string]>([
    ["a key below it", [successor, old], "must name a key that stands above this one"],
    ["itself", [{ ...old, succeeds: "to-two" }], "must name a key that stands above this one"],
    [
      "one with another use",
      [{ ...old, destination: 3n }, successor],
      "serves another scheme, deployment or destination",
    ],
    [
      "one that has a successor",
      [old, successor, signingKey("to-two-c", 4, { succeeds: "to-two" })],
      "has a successor already, to-two-b",
    ],
  ])("must not succeed %s", (_what, keys, reason) => {
    expect(keyListProblems(keys).map((problem) => problem.reason)).toContain(reason);
  });
});

describe("a signer whose route has a successor", () => {
  it("signs each sequence with its key, and what is signed stays when the line is moved", async () => {
    let active = activePolicy({ routes: [rotated(10n)] });
    const { attestor } = attestorWith([old, successor], {
      policies: { current: () => active, isCurrent: (_transaction, seen) => seen === active },
      keeper: testKeeper([old, successor], { "to-two": 2, "to-two-b": 3 }),
    });
    const signatureOf = async (sequence: bigint) => {
      const outcome = await attestor.attest(client, sampleRequest({ sequence }));
      if (outcome.outcome !== "approved") throw new Error(`${sequence} came out as ${outcome.outcome}`);
      const { signature, digest, signer } = outcome.attestation;
      expect(signerOf(signature, digest)).toBe(signer);
      return { signature, signer };
    };

    expect(await signatureOf(9n)).toMatchObject({ signer: old.address });
    const tenth = await signatureOf(10n);
    expect(tenth).toMatchObject({ signer: successor.address });

    active = activePolicy({ routes: [rotated(20n)] });
    expect(await signatureOf(10n)).toEqual(tenth);
    expect(await signatureOf(11n)).toMatchObject({ signer: old.address });
    expect(await signatureOf(20n)).toMatchObject({ signer: successor.address });
  });
});
