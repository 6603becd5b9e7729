import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { explainPacket, readRecord } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { styled } from "../terminal/style.ts";

export const auditExplain: Command = {
  name: "audit explain",
  summary: "tell what a signer decided on a packet, and why",
  positionals: ["PACKET"],
  options: {
    ledger: { type: "string", value: "FILE", required: true, help: "the ledger's file, which holds the audit chain" },
    deployment: { type: "string", value: "NAME", help: "only packets of this deployment" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "PACKET is SOURCE/DESTINATION/SEQUENCE, as logs and `attestor packets` show it. Tells who asked, which rule",
    "decided with which inputs, the screening's source and version, the policy's version and the key. Works on a",
    "copy; the signer must not be running. Exit code 1 if there is no record of it, or if the chain was changed.",
  ].join("\n"),
  async run(args) {
    const [packet = ""] = args.positionals;
    if (!/^[0-9]+\/[0-9]+\/[0-9]+$/.test(packet)) {
      throw new AttestorError("usage", { reason: "PACKET must be SOURCE/DESTINATION/SEQUENCE, such as 1/2/7" });
    }
    const { records, problems } = explainPacket(args.required("ledger"), packet, args.text("deployment"));
    if (records.length === 0) throw new AttestorError("not_found", { what: `record about packet ${packet}` });
    if (args.flag("json")) {
      process.stdout.write(`${stringifyJson({ records: records.map((text) => JSON.parse(text)), problems })}\n`);
    } else {
      process.stdout.write(`${records.map(describe).join("\n\n")}\n`);
      for (const problem of problems) process.stdout.write(styled("red", `The chain was changed: ${problem}\n`));
    }
    return problems.length === 0 ? 0 : 1;
  },
};

/** A heading, and a line for each thing that the record says. */
function describe(record: string): string {
  const { at, kind, sequence, body } = readRecord(record);
  const { outcome, code, ...rest } = body;
  const heading = [String(kind), outcome ?? code].filter((word) => word !== undefined).join(": ");
  const lines = Object.entries(rest).map(([name, value]) => `  ${name.padEnd(12)}${textOf(value)}`);
  return [`${String(at)}  ${styled("bold", heading)}  (record ${String(sequence)})`, ...lines].join("\n");
}

function textOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return Object.entries(value)
    .map(([name, member]) => `${name}: ${typeof member === "object" ? stringifyJson(member) : String(member)}`)
    .join(", ");
}
