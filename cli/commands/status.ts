import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { Command } from "../command.ts";
import { type ChainService, chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { describeStatus, statusAnswer } from "../operate/describeStatus.ts";
import { styled } from "../terminal/style.ts";

export const status: Command = {
  name: "status",
  summary: "show where every route of a chain-service stands",
  options: { ...chainServiceOptions, json: { type: "boolean", help: "print JSON" } },
  notes: "Exit code 1 if a chain-service does not answer or cannot do its work.",
  async run(args) {
    const reports = await Promise.all(chainServices(args).map(report));
    if (args.flag("json")) process.stdout.write(`${stringifyJson(reports.map(({ json }) => json))}\n`);
    else process.stdout.write(`${reports.map(({ text }) => text).join("\n\n")}\n`);
    return reports.every(({ ready }) => ready) ? 0 : 1;
  },
};

interface Report {
  readonly ready: boolean;
  readonly text: string;
  readonly json: unknown;
}

async function report(service: ChainService): Promise<Report> {
  try {
    const answer = await service.ask("GET", "/v1/status");
    const status = statusAnswer.parse(answer);
    return {
      ready: status.ready,
      text: describeStatus(service.name, status),
      json: { name: service.name, ...(answer as object) },
    };
  } catch (error) {
    if (!isAttestorError(error)) throw error;
    const text = `${styled("bold", service.name)}  ${styled("red", "does not answer")}\n  ${error.message}`;
    return { ready: false, text, json: { name: service.name, ready: false, reasons: [error.message] } };
  }
}
