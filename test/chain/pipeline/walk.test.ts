import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { chosenSeed } from "../../support/random.ts";
import { type Event, realSteps, type Steps, steps, Walk, waits } from "./walk.ts";

const seed = chosenSeed();
const hour = 3_600;

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("mine" as const),
      packets: fc.integer({ min: 0, max: 3 }),
      seconds: fc.constantFrom(0, 1, 12, 600, hour + 60),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("finalize" as const), blocks: fc.integer({ min: 1, max: 3 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("reorganise" as const), blocks: fc.integer({ min: 1, max: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("clock" as const),
      seconds: fc.constantFrom(1, 60, 600, hour, hour + 60, -600, -hour),
    }),
  },
  { weight: 6, arbitrary: fc.constant({ kind: "round" as const }) },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant("step" as const), step: fc.constantFrom(...steps) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("screening" as const),
      answers: fc.constantFrom("white" as const, "flagged" as const, "cannot tell" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("signer" as const),
      answers: fc.constantFrom(
        "approve" as const,
        "approve" as const,
        "hold" as const,
        "fail" as const,
        "deny" as const,
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("tamper" as const),
      field: fc.constantFrom("amount" as const, "nothing" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("request" as const), sequence: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "retry" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("crash" as const), afterCalls: fc.integer({ min: 1, max: 4 }) }),
  },
);
const wait = fc.constantFrom(...waits);
const events = fc.array(event, { minLength: 20, maxLength: 90, size: "max" });

/** Walks, lets the trouble end, and holds what came of it against the chain. */
async function walk(
  folder: string,
  chosen: Steps,
  waitSeconds: number,
  order: readonly Event[],
): Promise<{ signed: number; stoppedForNothing: boolean }> {
  const walking = new Walk(folder, chosen, waitSeconds);
  try {
    for (const each of order) await walking.take(each);
    refuseViolations(walking);
    const result = () => ({
      signed: walking.signed.size,
      stoppedForNothing: walking.isStopped() && !walking.wasTampered,
    });
    if (walking.isStopped()) return result();
    await walking.settle();
    refuseViolations(walking);
    if (walking.isStopped()) return result();
    const states = walking.states();
    const lost = walking.chain.finalSequences().filter((sequence) => !states.has(sequence));
    expect(lost).toEqual([]);
    const left = [...states].filter(([, state]) => !["signed", "refused", "orphaned"].includes(state));
    expect(left).toEqual([]);
    return result();
  } finally {
    walking.close();
  }
}

function refuseViolations({ violations }: Walk): void {
  if (violations.length > 0) throw new Error(violations.join("\n"));
}

test(`no order of events and crashes takes a packet past finality, wait, screening or the second reading (SEED=${seed})`, {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder();
  let signed = 0;
  await fc.assert(
    fc.asyncProperty(wait, events, async (waitSeconds, order) => {
      const came = await walk(folder, realSteps, waitSeconds, order);
      expect(came.stoppedForNothing).toBe(false);
      signed += came.signed;
    }),
    { seed, numRuns: 40 },
  );
  expect(signed).toBeGreaterThan(40);
});

/** Each of them is what a mistake in one step would do. */
const mutants: Record<string, { readonly found: RegExp } & Partial<Steps>> = {
  "takes packets for final before they are": {
    found: /without being in a final block/,
    finalize: (context, final) => realSteps.finalize(context, { ...final, height: final.height + 1 }),
    sign: (context, signer, final) =>
      realSteps.sign(
        {
          ...context,
          source: { ...context.source, differenceNow: (sighting) => context.source.differenceNow(sighting, 1e9) },
        },
        signer,
        { ...final, height: final.height + 1 },
      ),
  },
  "believes the clock alone about the wait": {
    found: /before its wait was over/,
    markDue: (context, final) =>
      realSteps.markDue(context, { ...final, timestamp: Math.floor(context.clock.now() / 1_000) }),
  },
  "takes doubt for white": {
    found: /without its screening's verdict/,
    screen: (context, screening) =>
      realSteps.screen(context, {
        ...screening,
        async screen(addresses) {
          const answer = await screening.screen(addresses);
          const white = { source: "double", version: "1", result: "white" } as const;
          return "cannotTell" in answer ? { ...white, findings: [white] } : answer;
        },
      }),
  },
  "signs without reading again": {
    found: /without having been read again/,
    sign: (context, signer, final) =>
      realSteps.sign(
        { ...context, source: { ...context.source, differenceNow: async () => undefined } },
        signer,
        final,
      ),
  },
};

describe("the walk finds a step that", () => {
  test.each(Object.entries(mutants))("%s", { timeout: 120_000 }, async (_name, { found, ...mutant }) => {
    const folder = temporaryFolder();
    const chosen = { ...realSteps, ...mutant };
    const result = await fc.check(
      fc.asyncProperty(
        wait,
        events,
        async (waitSeconds, order) => void (await walk(folder, chosen, waitSeconds, order)),
      ),
      { seed, numRuns: 300, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
    expect(String(result.errorInstance)).toMatch(found);
  });
});
