import { z } from "zod";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { numberOption } from "../input.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

const answer = z.object({
  packets: z.array(
    z.object({
      deployment: z.string(),
      source: z.string(),
      destination: z.string(),
      sequence: z.string(),
      state: z.string(),
      since: z.string().nullable(),
      verdict: z.string().nullable(),
      reason: z.unknown(),
    }),
  ),
});

export const packets: Command = {
  name: "packets",
  summary: "list the packets of a chain-service",
  options: {
    ...chainServiceOptions,
    state: { type: "string", value: "STATE", help: "only these: observed, final, due, screened, signed, delivered, …" },
    limit: { type: "string", value: "N", help: "at most N of each chain-service, newest first (default 100)" },
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const query = new URLSearchParams();
    const state = args.text("state");
    if (state !== undefined) query.set("state", state);
    query.set("limit", `${numberOption(args, "limit") ?? 100}`);
    const lists = await Promise.all(
      chainServices(args).map(async ({ name, ask }) => ({ name, body: await ask("GET", `/v1/packets?${query}`) })),
    );
    if (args.flag("json")) {
      const all = lists.map(({ name, body }) => ({ name, ...(body as object) }));
      process.stdout.write(`${stringifyJson(all)}\n`);
      return 0;
    }
    for (const { name, body } of lists) {
      const rows = answer
        .parse(body)
        .packets.map((packet) => [
          `  ${packet.source}/${packet.destination}/${packet.sequence}`,
          packet.state,
          packet.verdict ?? "–",
          packet.since ?? "",
          packet.reason === null ? "" : styled("yellow", reasonText(packet.reason)),
        ]);
      const heading = ["  packet", "state", "verdict", "since", "reason"].map((text) => styled("dim", text));
      process.stdout.write(
        `${styled("bold", name)}\n${rows.length > 0 ? table([heading, ...rows]) : "  no packets"}\n`,
      );
    }
    return 0;
  },
};

function reasonText(reason: unknown): string {
  if (typeof reason === "string") return reason;
  if (typeof reason === "object" && reason !== null && "message" in reason) return String(reason.message);
  return stringifyJson(reason);
}
