import { faultName, isAttestorError } from "../../shared/errors/index.ts";
import { faultOf } from "../pkcs11/faults.ts";

/** What the daemon does after a failed request. */
export interface AfterFailure {
  /** Whether the keeper goes on: after anything that leaves module or device in doubt it is killed and rebuilt. */
  readonly keep: boolean;
  /** Whether the same request is made once more, of the rebuilt keeper. */
  readonly retry: boolean;
  /** Whether somebody has to look. */
  readonly alarm: boolean;
  /** Whether the failure says something about the device: after many of these in a row the keeper is rebuilt. */
  readonly counts: boolean;
}

/** Errors of a single request, which say nothing of the device: it never reached it, or KMS asks for patience. */
const harmless = ["denied", "invalid_field", "overloaded"];

/** An error of a request, by the keeper's answer. Whatever is not foreseen ends the keeper. */
export function afterFailure(error: unknown): AfterFailure {
  if (harmless.includes(faultName(error))) return { keep: true, retry: false, alarm: false, counts: false };
  if (isAttestorError(error, "keeper_unavailable")) return { keep: false, retry: false, alarm: false, counts: true };
  // a wrong signature, a key that is missing, changed or without its attributes
  if (!isAttestorError(error, "hsm_error")) return { keep: false, retry: false, alarm: true, counts: true };
  const { remedy, retries, alarm } = faultOf(error.data.code);
  const keep = remedy === "backOff" || remedy === "fewer" || remedy === "refused" || remedy === "ours";
  // the KMS client has tried again itself, as long as the deadline allowed
  const retry = remedy === "rebuild" && retries > 0 && !error.data.call.startsWith("kms:");
  return { keep, retry, alarm, counts: true };
}

/** Whether a keeper must not be started again at once: about the PIN, of which the token takes few wrong ones. */
export function concernsPin(error: unknown): boolean {
  if (isAttestorError(error, "hsm_error")) return faultOf(error.data.code).remedy === "pin";
  return isAttestorError(error, "pin_rejected") || isAttestorError(error, "pin_latched");
}
