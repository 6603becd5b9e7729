import { z } from "zod";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { numberOption } from "../input.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

const reason = z.object({ text: z.string() }).nullable();
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
      nextTryAt: z.string().nullable(),
      reason,
      retriedDeliveries: z.array(z.object({ collector: z.string(), nextTryAt: z.string().nullable(), reason })),
    }),
  ),
});

export const packets: Command = {
  name: "packets",
  summary: "list the packets of a chain-service",
  options: {
    ...chainServiceOptions,
    state: { type: "string", value: "STATE", help: "only these: observed, final, due, screened, signed, delivered, …" },
    retrying: { type: "boolean", help: "only those of which something failed and is tried again, with reasons" },
    limit: { type: "string", value: "N", help: "at most N of each chain-service, newest first (default 100)" },
    json: { type: "boolean", help: "print JSON" },
  },
  async run(args) {
    const query = new URLSearchParams();
    const state = args.text("state");
    if (state !== undefined) query.set("state", state);
    if (args.flag("retrying")) query.set("retrying", "true");
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
          styled("yellow", reasonsOf(packet).join("; ")),
        ]);
      const heading = ["  packet", "state", "verdict", "since", "reason"].map((text) => styled("dim", text));
      process.stdout.write(
        `${styled("bold", name)}\n${rows.length > 0 ? table([heading, ...rows]) : "  no packets"}\n`,
      );
    }
    return 0;
  },
};

/** Why a packet waits or was refused, and why each of its deliveries is tried again. */
function reasonsOf({ reason, nextTryAt, retriedDeliveries }: z.output<typeof answer>["packets"][number]): string[] {
  const again = (at: string | null) => (at === null ? "" : `, again at ${at}`);
  return [
    ...(reason === null ? [] : [`${reason.text}${again(nextTryAt)}`]),
    ...retriedDeliveries.map(
      (delivery) => `${delivery.reason?.text ?? delivery.collector}${again(delivery.nextTryAt)}`,
    ),
  ];
}
