import { createHash } from "node:crypto";
import { parseConfig, readConfigText } from "../../shared/config/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { KeyFacts } from "../config.ts";
import { routeKeyProblems } from "./keyChecks.ts";
import { type Policy, policyConfig } from "./policy.ts";

/** A policy with the text that it was read from. The text is what is hashed, signed by operators and recorded. */
export interface PolicyText {
  readonly policy: Policy;
  readonly text: string;
  /** SHA-256 of the text as UTF-8, as `sha256sum` prints it, with `0x` before. */
  readonly hash: Hex;
}

/**
 * Reads the policy in a file.
 *
 * @param keys the signer's, which routes name; left out, routes' keys are not looked at.
 * @throws AttestorError `config_invalid`.
 */
export function readPolicyFile(file: string, keys?: readonly KeyFacts[]): PolicyText {
  return readPolicy(readConfigText(file), file, keys);
}

/** As {@link readPolicyFile}, for a text that is at hand. @param file named in errors; relative paths start there. */
export function readPolicy(text: string, file: string, keys?: readonly KeyFacts[]): PolicyText {
  const policy = parseConfig(text, file, policyConfig);
  const problems = keys ? routeKeyProblems(policy.routes, keys) : [];
  if (problems.length > 0) {
    const said = problems.map(({ path, reason }) => `${path.join(".")}: ${reason}`);
    throw new AttestorError("config_invalid", { file, problems: said });
  }
  return { policy, text, hash: hashOfPolicy(text) };
}

/** SHA-256 of a policy's text. */
export function hashOfPolicy(text: string): Hex {
  return `0x${createHash("sha256").update(text, "utf8").digest("hex")}`;
}
