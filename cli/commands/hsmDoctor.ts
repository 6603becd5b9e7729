import { keeperConfig } from "../../hsm/index.ts";
import { configuredService, loadConfig } from "../../shared/config/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { keySpecsOf, signerConfig } from "../../signer/index.ts";
import type { Command } from "../command.ts";
import { systemClockKeeping } from "../doctor/clockFinding.ts";
import { examine, type Patient } from "../doctor/examine.ts";
import { printFindings } from "../doctor/printFindings.ts";
import { numberOption } from "../input.ts";

export const hsmDoctor: Command = {
  name: "hsm doctor",
  summary: "check a signer's keys, PINs, clock and speed",
  options: {
    config: { type: "string", value: "FILE", required: true, help: "signer.yaml, or keeper.yaml" },
    duration: { type: "string", value: "MS", help: "milliseconds that each key signs (default 1000)" },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "Looks at every token before it logs in, and logs in to none whose next wrong PIN would be the last; asks AWS",
    "KMS what its keys are for, and compares its clock. Then opens the keys as the signer does and has each sign",
    "challenges. A signer that is running goes on meanwhile, but shares the device.",
    "Where the keepers have a user of their own, run it as that user with keeper.yaml.",
    "Exit code 1 if anything fails; warnings do not count.",
  ].join("\n"),
  async run(args) {
    const findings = await examine(patientIn(args.required("config")), {
      now: Date.now,
      clockKeeping: systemClockKeeping(),
      durationMs: numberOption(args, "duration") ?? 1_000,
    });
    const healthy = findings.every(({ result }) => result !== "fail");
    if (args.flag("json")) process.stdout.write(`${stringifyJson({ healthy, findings })}\n`);
    else printFindings(findings);
    return healthy ? 0 : 1;
  },
};

function patientIn(file: string): Patient {
  if (configuredService(file) === "keeper") {
    const { keys, stateFolder, sessions, callDeadline } = loadConfig(file, keeperConfig);
    return { keys, stateFolder, keeper: { sessions, callDeadline } };
  }
  const config = loadConfig(file, signerConfig);
  return { ...config, keys: keySpecsOf(config) };
}
