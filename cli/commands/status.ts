import { systemClock } from "../../shared/clock/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { check, durationBetween } from "../../shared/schema/index.ts";
import type { Command } from "../command.ts";
import { type CatchUp, createCatchUp } from "../operate/catchUp.ts";
import { type ChainService, chainServiceOptions, chainServices } from "../operate/chainServices.ts";
import { describeStatus, statusAnswer } from "../operate/describeStatus.ts";
import { terminalWidth } from "../terminal/fit.ts";
import { createScreen } from "../terminal/screen.ts";
import { styled } from "../terminal/style.ts";
import { wrap } from "../terminal/wrap.ts";

export const status: Command = {
  name: "status",
  summary: "show where every route of a chain-service stands",
  options: {
    ...chainServiceOptions,
    watch: { type: "boolean", help: "show it again and again until Ctrl-C, with rate and time left of a catch-up" },
    interval: { type: "string", value: "TIME", help: "how often with --watch: 1s to 1h (default 2s)" },
    json: { type: "boolean", help: "print JSON; with --watch a line each time" },
  },
  notes: "Exit code 1 if a chain-service does not answer or cannot do its work.",
  async run(args) {
    const services = chainServices(args);
    const interval = check(durationBetween("1s", "1h"), args.text("interval") ?? "2s", "--interval");
    const catchUp = createCatchUp();
    if (!args.flag("watch")) {
      const reports = await Promise.all(services.map((service) => report(service, catchUp)));
      process.stdout.write(`${args.flag("json") ? jsonOf(reports) : textOf(reports)}\n`);
      return exitCodeOf(reports);
    }
    return watch(interval, async (screen) => {
      const reports = await Promise.all(services.map((service) => report(service, catchUp)));
      if (args.flag("json")) process.stdout.write(`${jsonOf(reports)}\n`);
      else screen.show(textOf(reports));
      return exitCodeOf(reports);
    });
  },
};

/** Shows until Ctrl-C or SIGTERM. @returns the exit code of what was shown last. */
async function watch(interval: number, show: (screen: ReturnType<typeof createScreen>) => Promise<number>) {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const screen = createScreen();
  let code = 0;
  while (!stop.signal.aborted) {
    code = await show(screen);
    await systemClock.sleep(interval, stop.signal);
  }
  return code;
}

interface Report {
  readonly ready: boolean;
  readonly text: string;
  readonly json: unknown;
}

function textOf(reports: readonly Report[]): string {
  return reports.map(({ text }) => text).join("\n\n");
}

function jsonOf(reports: readonly Report[]): string {
  return stringifyJson(reports.map(({ json }) => json));
}

function exitCodeOf(reports: readonly Report[]): number {
  return reports.every(({ ready }) => ready) ? 0 : 1;
}

async function report(service: ChainService, catchUp: CatchUp): Promise<Report> {
  try {
    const answer = await service.ask("GET", "/v1/status");
    const status = statusAnswer.parse(answer);
    const behind = catchUp.note(service.name, status, Date.now());
    const width = terminalWidth();
    const late = behind.flatMap((line) => wrap(line, width - 4, "  ")).map((line) => `  ${styled("yellow", line)}`);
    const text = [describeStatus(service.name, status, width), ...late];
    return { ready: status.ready, text: text.join("\n"), json: { name: service.name, ...(answer as object) } };
  } catch (error) {
    if (!isAttestorError(error)) throw error;
    const text = `${styled("bold", service.name)}  ${styled("red", "does not answer")}\n  ${error.message}`;
    return { ready: false, text, json: { name: service.name, ready: false, reasons: [error.message] } };
  }
}
