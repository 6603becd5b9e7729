import { existsSync, readFileSync } from "node:fs";
import { readConfigText } from "../../shared/config/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { parseJson } from "../../shared/json/index.ts";
import { check } from "../../shared/schema/index.ts";
import { type Approval, approvalSchema } from "./approval.ts";
import { recordedVersion } from "./history.ts";
import { type PolicyInForce, type PolicyParts, recordedPolicy } from "./policyInForce.ts";
import { hashOfPolicy } from "./readPolicy.ts";

/** The file beside a policy that holds the approval of it, for the signer's next start. */
export function approvalFileOf(policyFile: string): string {
  return `${policyFile}.approval`;
}

/**
 * The policy in force at a start: the one that the ledger records, replaced by the policy file's if that is a newer one
 * with an approval beside it. A file that was in force before is what an apply over the network leaves behind: then the
 * ledger's stays, which is newer.
 *
 * @throws AttestorError `config_invalid` if the file holds anything else: a signer must not run on another policy than
 * whoever edited the file believes.
 */
export async function openPolicy(parts: PolicyParts): Promise<PolicyInForce> {
  const { file, state, logger } = parts;
  const inForce = recordedPolicy(parts);
  const text = readConfigText(file);
  const hash = hashOfPolicy(text);
  const { hash: hashInForce, policy } = inForce.current();
  if (hash === hashInForce) return inForce;
  const older = state.read((database) => recordedVersion(database, hash));
  if (older !== undefined) {
    logger.warn({ file, version: older, inForce: policy.version }, "the policy file is older than the policy in force");
    return inForce;
  }
  try {
    await inForce.apply(text, readApproval(approvalFileOf(file)));
  } catch (error) {
    if (isAttestorError(error, "policy_refused")) throw invalid(file, error.data.problems);
    if (isAttestorError(error, "approval_refused")) throw invalid(file, [error.message]);
    throw error;
  }
  return inForce;
}

function readApproval(file: string): Approval | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return check(approvalSchema, parseJson(readFileSync(file, "utf8")), "the approval");
  } catch (error) {
    throw invalid(file, [isAttestorError(error) ? error.message : "cannot be read"]);
  }
}

function invalid(file: string, problems: readonly string[]): AttestorError {
  return new AttestorError("config_invalid", { file, problems });
}
