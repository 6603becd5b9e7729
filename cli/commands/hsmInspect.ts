import { vendors } from "../../hsm/index.ts";
import { inspectToken } from "../../hsm/provisioning/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { printFindings } from "../doctor/printFindings.ts";
import { tokenFindings } from "../doctor/tokenFindings.ts";
import { moduleOption } from "../moduleOption.ts";
import { vendorOption } from "../vendorOption.ts";

export const hsmInspect: Command = {
  name: "hsm inspect",
  summary: "show what a module and a token say of themselves",
  options: {
    token: { type: "string", value: "LABEL", required: true, help: "the token's label" },
    serial: { type: "string", value: "SERIAL", help: "its serial, where two tokens have the label" },
    module: { type: "string", value: "FILE", help: "PKCS#11 module (default: SoftHSM's)" },
    vendor: { type: "string", value: "NAME", help: `whose token it is, where it does not tell: ${vendors.join(", ")}` },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: "Needs no PIN and spends no try. Exit code 1 if the token cannot serve a signer as it is.",
  async run(args) {
    const [label, serial] = [args.required("token"), args.text("serial")];
    const named = { label, ...(serial === undefined ? {} : { serial }), vendor: vendorOption(args) };
    const report = inspectToken(moduleOption(args), named);
    const findings = tokenFindings(report, Date.now());
    const usable = findings.every(({ result }) => result !== "fail");
    if (args.flag("json")) process.stdout.write(`${stringifyJson({ ...report, usable })}\n`);
    else printFindings(findings);
    return usable ? 0 : 1;
  },
};
