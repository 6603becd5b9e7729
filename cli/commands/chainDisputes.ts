import { z } from "zod";
import { readDisputes } from "../../chain/index.ts";
import { JsonNumber, parseJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { styled } from "../terminal/style.ts";

const line = z.object({
  at: z.string(),
  chain: z.string(),
  height: z
    .instanceof(JsonNumber)
    .transform(({ source }) => source)
    .nullable(),
  question: z.string(),
  answers: z.array(
    z.object({ providers: z.array(z.string()), agreed: z.boolean(), said: z.string(), sha256: z.string() }),
  ),
});

export const chainDisputes: Command = {
  name: "chain disputes",
  summary: "show where providers of a chain contradicted each other",
  options: {
    ...chainServiceOptions,
    json: { type: "boolean", help: "print the evidence as it is kept, as JSON lines" },
  },
  notes: [
    "Reads disputes.jsonl in the state folder; the service need not run. Providers are shown by label.",
    "Exit code 0, also if there are disputes.",
  ].join("\n"),
  async run(args) {
    for (const { name, stateFolder } of chainServices(args)) {
      const lines = readDisputes(stateFolder);
      if (args.flag("json")) {
        for (const text of lines) process.stdout.write(`${text}\n`);
        continue;
      }
      const shown = lines.map(describe).join("");
      process.stdout.write(`${styled("bold", name)}\n${shown || "  no disputes\n"}`);
    }
    return 0;
  },
};

/** Long answers are cut to what a screen shows; `--json` has them as they are kept. */
function describe(text: string): string {
  const { at, chain, height, question, answers } = line.parse(parseJson(text));
  const sides = answers.map(({ providers, agreed, said }) => {
    const who = `${providers.join(", ")}${agreed ? " (quorum)" : ""}`;
    return `    ${agreed ? who : styled("red", who)}: ${said.length > 100 ? `${said.slice(0, 100)}…` : said}\n`;
  });
  return `  ${at}  ${chain}${height === null ? "" : ` block ${height}`}  ${question}\n${sides.join("")}`;
}
