import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { chainServiceOptions, chainServices } from "../operate/chainServices.ts";

const text = z.unknown().transform(String);
const answer = z.object({
  running: z.boolean(),
  last: z.object({ file: z.string(), bytes: text, finishedAt: z.string(), fault: z.string().nullable() }).nullable(),
});

export const chainBackup: Command = {
  name: "chain backup",
  summary: "copy a chain-service's database while it runs, and check the copy",
  options: {
    ...chainServiceOptions,
    to: { type: "string", value: "FILE", help: "where the copy goes; must not exist", required: true },
    json: { type: "boolean", help: "print JSON" },
  },
  notes: [
    "The service writes the file, as its own user. It gets its name once it has been read in full and found whole.",
    "docs/reliability.md says how to restore it. Exit code 1 if there is no backup.",
  ].join("\n"),
  async run(args) {
    const file = path.resolve(args.required("to"));
    const [service, ...others] = chainServices(args);
    if (!service || others.length > 0) {
      throw new AttestorError("usage", {
        reason: "one file holds one database: name a chain-service with --config FILE",
      });
    }
    await service.ask("POST", `/v1/backup?${new URLSearchParams({ to: file })}`);
    for (;;) {
      const { running, last } = answer.parse(await service.ask("GET", "/v1/backup"));
      if (running) {
        await pause(200);
        continue;
      }
      if (last?.file !== file) throw new AttestorError("conflict", { reason: "the service was restarted meanwhile" });
      if (args.flag("json")) process.stdout.write(`${stringifyJson(last)}\n`);
      else if (last.fault !== null) process.stdout.write(`${last.fault}\n`);
      else process.stdout.write(`${last.file}: ${last.bytes} bytes, read in full and found whole\n`);
      return last.fault === null ? 0 : 1;
    }
  },
};
