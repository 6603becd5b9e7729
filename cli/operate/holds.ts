import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Arguments, OptionHelp } from "../command.ts";
import { styled } from "../terminal/style.ts";
import type { SignerConnection } from "./signerConnection.ts";

const inputs = z.record(z.string(), z.string());

export const holdView = z.object({
  id: z.string(),
  reason: z.string(),
  state: z.string(),
  deployment: z.string(),
  packetId: z.string(),
  route: z.string(),
  digest: z.string(),
  request: z.unknown(),
  clients: z.array(z.string()),
  rules: z.record(z.string(), inputs),
  since: z.string(),
  until: z.string().nullable(),
  approvals: z.array(z.string()),
  droppedBy: z.string().nullable(),
});
export type HoldView = z.output<typeof holdView>;

const page = z.object({
  holds: z.array(holdView),
  agreement: z.array(
    z.object({
      deployment: z.string(),
      packetId: z.string(),
      proposals: z.array(
        z.object({ client: z.string(), packetHash: z.string(), verdict: z.string(), since: z.string() }),
      ),
    }),
  ),
});
export type Holds = z.output<typeof page>;

/** What an operator names to say which content they looked at. */
export const digestOption: OptionHelp = {
  type: "string",
  value: "DIGEST",
  required: true,
  help: "the digest that `hold show` printed: it stands for packet and verdict",
};

/** Everything that waits, however many answers it takes. */
export async function allHolds(signer: SignerConnection): Promise<Holds> {
  const holds: HoldView[] = [];
  for (let after = "0"; ; after = holds.at(-1)?.id ?? after) {
    const found = await signer.ask(page, "GET", `/v1/holds?after=${after}`);
    holds.push(...found.holds);
    if (found.holds.length === 0) return { holds, agreement: found.agreement };
  }
}

/** The positional ID of a hold or a pause. @throws AttestorError `usage`. */
export function idArgument(args: Arguments): string {
  const [id = ""] = args.positionals;
  if (/^[1-9][0-9]{0,14}$/.test(id)) return id;
  throw new AttestorError("usage", { reason: "ID must be a whole number above 0, as the list shows it" });
}

/** One hold, as a person reads it before they decide. */
export function describeHold(hold: HoldView): string {
  const lines: [string, string][] = [
    ["packet", `${hold.packetId} of ${hold.deployment}, route ${hold.route}`],
    ["waits for", hold.reason === "review" ? "two operators to release it" : "its announced time"],
    ["since", hold.since],
    [hold.reason === "review" ? "expires" : "waits until", hold.until ?? "–"],
    ["asked by", hold.clients.join(", ")],
    ["approved by", hold.approvals.join(", ") || "nobody"],
    ...(hold.droppedBy === null ? [] : [["dropped by", hold.droppedBy] as [string, string]]),
    ["digest", hold.digest],
  ];
  const rules = Object.entries(hold.rules).map(
    ([rule, seen]) =>
      `rule ${rule}: ${Object.entries(seen)
        .map((pair) => pair.join(" "))
        .join(", ")}`,
  );
  return [
    styled("bold", `hold ${hold.id}: ${hold.state}`),
    ...lines.map(([label, text]) => `  ${label.padEnd(12)}${text}`),
    ...rules.map((line) => `  ${line}`),
    ...requestLines(hold.request),
  ].join("\n");
}

function requestLines(request: unknown): string[] {
  return stringifyJson(request, 2)
    .split("\n")
    .map((line) => `  ${line}`);
}
