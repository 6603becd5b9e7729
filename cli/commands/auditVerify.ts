import { addressOfPublicKey, publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { type ChainReport, verifyAudit } from "../../signer/index.ts";
import type { Command } from "../command.ts";

export const auditVerify: Command = {
  name: "audit verify",
  summary: "show whether a signer's audit chain was changed",
  options: {
    ledger: { type: "string", value: "FILE", required: true, help: "the ledger's file, which holds the audit chain" },
    checkpoints: { type: "string", value: "FILE", help: "checkpoints that were kept outside, one JSON line each" },
    "audit-key": { type: "string", value: "HEX", help: "the audit key's public key, to check their signatures" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Works on a copy, so that the file stays as it was found. The signer must not be running: it keeps its ledger",
    "locked. Edited, removed and reordered records are found up to the last checkpoint that was kept outside; later",
    "ones could have been written anew by whoever owned the signer's host. Without --audit-key, checkpoints are",
    "believed as they are. Exit code 0: sound. 1: changed, or it could not be read.",
  ].join("\n"),
  async run(args) {
    const checkpoints = args.text("checkpoints");
    const key = args.text("audit-key");
    const report = verifyAudit(args.required("ledger"), {
      ...(checkpoints === undefined ? {} : { checkpoints }),
      ...(key === undefined ? {} : { auditKey: addressOf(key) }),
    });
    const told = args.flag("json") ? `${stringifyJson({ sound: isSound(report), ...report })}\n` : describe(report);
    process.stdout.write(told);
    return isSound(report) ? 0 : 1;
  },
};

function addressOf(publicKey: string): string {
  const point = publicKeyFromHex(publicKey);
  if (point) return addressOfPublicKey(point);
  throw new AttestorError("usage", { reason: "--audit-key must be a public key of secp256k1: 0x and 130 hex digits" });
}

function isSound({ problems }: ChainReport): boolean {
  return problems.length === 0;
}

function describe({ ledger, records, problems, vouched }: ChainReport): string {
  const verdict = problems.length === 0 ? ["Every record is linked to the one before."] : ["The chain was changed:"];
  const outside =
    vouched === records
      ? `A checkpoint from outside vouches for all ${records}.`
      : `From record ${vouched + 1} on nothing outside vouches for them.`;
  return [
    `ledger   ${ledger ?? "not named by the first record"}`,
    `records  ${records}`,
    "",
    ...verdict,
    ...problems.map((problem) => `  - ${problem}`),
    outside,
    "",
  ].join("\n");
}
