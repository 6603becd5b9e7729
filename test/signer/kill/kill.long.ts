import { expect, it } from "vitest";
import { chosenSeed } from "../../support/random.ts";
import { describeKills, killRounds } from "./killRounds.ts";

const seed = chosenSeed();
const rounds = Math.ceil(Number(process.env.KILL_ROUNDS ?? 200) / 2);

it(
  `keeps every promise through ${2 * rounds} kills at random instants under load (seed ${seed})`,
  async () => {
    const reports = await Promise.all([seed, seed + 1].map((each) => killRounds({ rounds, seed: each })));
    for (const report of reports) {
      console.log(describeKills(report));
      expect(report.violations).toEqual([]);
      expect(report.resumed).toBeGreaterThan(0);
    }
  },
  25 * 60_000,
);
