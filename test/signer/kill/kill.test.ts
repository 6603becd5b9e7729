import { expect, it } from "vitest";
import { chosenSeed } from "../../support/random.ts";
import { describeKills, killRounds } from "./killRounds.ts";

const seed = chosenSeed();

/** The short form of `node scripts/kill.mjs`, which kills as often as one likes. */
it(`keeps every promise through 20 kills at random instants under load (seed ${seed})`, {
  timeout: 400_000,
}, async () => {
  const report = await killRounds({ rounds: 20, seed });
  console.log(describeKills(report));
  expect(report.violations).toEqual([]);
  // the run has met what it is about
  const { approved, equivocation, verdict_already_given } = report.counts;
  for (const met of [approved, equivocation, verdict_already_given, report.cutOff, report.resumed, report.vouched]) {
    expect(met).toBeGreaterThan(0);
  }
});
