import { readFileSync } from "node:fs";
import path from "node:path";
import type { z } from "zod";
import { AttestorError, faultName } from "../errors/index.ts";
import { problemsOf } from "../schema/index.ts";
import { parseYaml } from "./parseYaml.ts";

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
  const result = problemsOf(
    schema((relative) => path.resolve(folder, relative)),
    parseYaml(text, file),
  );
  if ("value" in result) return result.value;
  const problems = result.problems.map(({ path: where, reason }) => `${where || "the file"}: ${reason}`);
  throw new AttestorError("config_invalid", { file, problems });
}

/** Reads the one key that says which service a configuration file is for. */
export function configuredService(file: string): string | undefined {
  const value: unknown = parseYaml(readConfigText(file), file);
  const service = typeof value === "object" && value !== null && "service" in value ? value.service : undefined;
  return typeof service === "string" ? service : undefined;
}

/** @throws AttestorError `config_invalid` if the file cannot be read. */
export function readConfigText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new AttestorError("config_invalid", { file, problems: [`cannot be read (${faultName(error)})`] });
  }
}
