import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { type ChainService, chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { styled } from "../terminal/style.ts";

const text = z.unknown().transform(String);
const answer = z.object({
  running: z.boolean(),
  last: z
    .object({
      differences: z.array(z.object({ route: z.string(), kind: z.string(), sequence: text, height: text })),
      fault: z.string().nullable(),
    })
    .nullable(),
});

export const chainRescan: Command = {
  name: "chain rescan",
  summary: "read final blocks again and compare every packet with the database",
  options: {
    ...chainServiceOptions,
    route: { type: "string", value: "NAME", help: "the route whose source chain is read", required: true },
    from: { type: "string", value: "HEIGHT", help: "first block", required: true },
    to: { type: "string", value: "HEIGHT", help: "last block", required: true },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Packets that the database lacks are stored and pass every gate; a packet that changed stops the route.",
    "Exit code 1 if there is a difference, or if the rescan broke off.",
  ].join("\n"),
  async run(args) {
    const query = new URLSearchParams({
      route: args.required("route"),
      from: args.required("from"),
      to: args.required("to"),
    });
    const reports = await Promise.all(chainServices(args).map((service) => rescan(service, `/v1/rescan?${query}`)));
    if (args.flag("json")) process.stdout.write(`${stringifyJson(reports)}\n`);
    else for (const report of reports) process.stdout.write(describe(report));
    return reports.every(({ differences, fault }) => differences.length === 0 && fault === null) ? 0 : 1;
  },
};

type Report = NonNullable<z.output<typeof answer>["last"]> & { readonly name: string };

async function rescan({ name, ask }: ChainService, url: string): Promise<Report> {
  await ask("POST", url);
  for (;;) {
    const { running, last } = answer.parse(await ask("GET", "/v1/rescan"));
    if (!running && last) return { name, ...last };
    if (!running) throw new AttestorError("conflict", { reason: `${name} has no result of the rescan` });
    await pause(300);
  }
}

function describe({ name, differences, fault }: Report): string {
  const lines = differences.map(
    ({ route, kind, sequence, height }) =>
      `  ${styled("red", kind.replaceAll("_", " "))}  packet ${sequence} of ${route}, block ${height}\n`,
  );
  const end = fault === null ? `  ${differences.length} differences\n` : `  ${styled("red", `broke off: ${fault}`)}\n`;
  return `${styled("bold", name)}\n${lines.join("")}${end}`;
}
