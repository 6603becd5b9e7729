import { readFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { AttestorError, faultText } from "../errors/index.ts";
import { type FieldProblem, problemsOf } from "../schema/index.ts";
import { parseYaml } from "./parseYaml.ts";

/** What a configuration file's `service` may say. */
const services = ["signer", "keeper", "policy", "chain", "operator", "collector"] as const;

/** Resolves a path in a configuration file: relative paths start at the file's own folder. */
export type ResolvePath = (relative: string) => string;

/** Builds a service's schema; file settings resolve themselves by the function that it gets. */
export type ConfigSchema<S extends z.ZodType> = (resolvePath: ResolvePath) => S;

/**
 * Reads a service's YAML configuration. Unknown keys are refused with the nearest key that exists; every problem is
 * listed at once, with its path and never with its value.
 *
 * @throws AttestorError `config_invalid`.
 */
export function loadConfig<S extends z.ZodType>(file: string, schema: ConfigSchema<S>): z.output<S> {
  return parseConfig(readConfigText(file), file, schema);
}

/**
 * As {@link loadConfig}, for a text that is at hand.
 *
 * @param file where the text is from: named in errors, and relative paths in it start at its folder.
 * @throws AttestorError `config_invalid`.
 */
export function parseConfig<S extends z.ZodType>(text: string, file: string, schema: ConfigSchema<S>): z.output<S> {
  const folder = path.dirname(path.resolve(file));
  const content = parseYaml(text, file);
  const result = problemsOf(
    schema((relative) => path.resolve(folder, relative)),
    content,
  );
  if ("value" in result) return result.value;
  const misplaced = otherService(content, result.problems);
  if (misplaced !== undefined) throw new AttestorError("config_invalid", { file, problems: [misplaced] });
  const problems = result.problems.map(({ path: where, reason }) => `${where || "the file"}: ${reason}`);
  throw new AttestorError("config_invalid", { file, problems });
}

/** Reads the one key that says which service a configuration file is for. */
export function configuredService(file: string): string | undefined {
  return serviceIn(parseYaml(readConfigText(file), file));
}

function serviceIn(content: unknown): string | undefined {
  const service = typeof content === "object" && content !== null && "service" in content ? content.service : undefined;
  return typeof service === "string" ? service : undefined;
}

/** Of a file that is for another service every line would be a problem: the one that matters is enough. */
function otherService(content: unknown, problems: readonly FieldProblem[]): string | undefined {
  const service = services.find((name) => name === serviceIn(content));
  const problem = problems.find(({ path: where }) => where === "service");
  if (service === undefined || problem === undefined) return undefined;
  return `service: is ${service}, and ${problem.reason}: this file is another service's`;
}

/** @throws AttestorError `config_invalid` if the file cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AttestorError("config_invalid", { file, problems: [`cannot be read (${faultText(error)})`] });
  }
}
