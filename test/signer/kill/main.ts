import { parseArgs } from "node:util";
import { chosenSeed } from "../../support/random.ts";
import { describeKills, killRounds } from "./killRounds.ts";

const { values } = parseArgs({ options: { rounds: { type: "string" }, seed: { type: "string" } } });
const rounds = Number(values.rounds ?? process.env.KILL_ROUNDS ?? "20");
const seed = Number(values.seed ?? chosenSeed());
if (!(Number.isSafeInteger(rounds) && rounds > 0 && Number.isSafeInteger(seed))) {
  process.stderr.write("usage: kill [--rounds N] [--seed S]\n");
  process.exit(2);
}
process.stdout.write(`seed ${seed}, ${rounds} kills\n`);
const onRound = (round: number) => {
  if (round % 20 === 0) process.stdout.write(`${round} of ${rounds}\n`);
};
const report = await killRounds({ rounds, seed, onRound });
process.stdout.write(describeKills(report));
process.exitCode = report.violations.length === 0 ? 0 : 1;
