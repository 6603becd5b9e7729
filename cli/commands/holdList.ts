import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { allHolds, type Holds } from "../operate/holds.ts";
import { operatorOption, withSigner } from "../operate/signerConnection.ts";
import { styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

export const holdList: Command = {
  name: "hold list",
  summary: "list what a signer holds",
  options: {
    operator: operatorOption,
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "Packets that wait for agreement are listed below the holds; operators cannot release those.",
  async run(args) {
    const found = await withSigner(args, allHolds);
    process.stdout.write(args.flag("json") ? `${stringifyJson(found)}\n` : `${describe(found)}\n`);
    return 0;
  },
};

function describe({ holds, agreement }: Holds): string {
  if (holds.length + agreement.length === 0) return "nothing is held";
  const heading = (...words: string[]) => words.map((word) => styled("dim", word));
  const held = holds.map(({ id, packetId, route, reason, state, until, approvals, rules }) => [
    id,
    packetId,
    route,
    reason,
    state,
    until ?? "–",
    [Object.keys(rules).join(", "), approvals.length > 0 ? `approved by ${approvals.join(", ")}` : ""]
      .filter(Boolean)
      .join("; "),
  ]);
  const waiting = agreement.flatMap(({ packetId, deployment, proposals }) =>
    proposals.map(({ client, packetHash, verdict, since }) => [
      packetId,
      deployment,
      client,
      verdict,
      `${packetHash.slice(0, 14)}…`,
      since,
    ]),
  );
  const parts = [
    held.length > 0 ? table([heading("hold", "packet", "route", "reason", "state", "until", "rules"), ...held]) : "",
    waiting.length > 0
      ? `${styled("bold", "too few clients agree on")}\n${table([heading("packet", "deployment", "client", "verdict", "packet hash", "since"), ...waiting])}`
      : "",
  ];
  return parts.filter(Boolean).join("\n");
}
