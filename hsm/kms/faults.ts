import { AttestorError, faultName } from "../../shared/errors/index.ts";

/** What a failed call to KMS means: try later, try again, or do not try. */
export type KmsFault = "throttled" | "passing" | "refused";

const throttling = [
  "ThrottlingException",
  "Throttling",
  "LimitExceededException",
  "RequestLimitExceeded",
  "TooManyRequestsException",
];

/** Refusals that end by themselves. KMS answers KeyUnavailable while the key's own store is out of reach. */
const passing = ["DependencyTimeoutException", "KMSInternalException", "KeyUnavailableException"];

/** Refusals, and what to do about them. */
const advice: Readonly<Record<string, string>> = {
  AccessDeniedException:
    "Allow kms:DescribeKey, kms:GetPublicKey and kms:Sign to the keeper's role in the key's policy",
  CredentialsProviderError:
    "Give the keeper a role of its instance or container, or a file named by AWS_SHARED_CREDENTIALS_FILE",
  DisabledException: "Enable the key",
  KMSInvalidStateException: "Look at the key's state: it may be about to be deleted",
  InvalidKeyUsageException: "The key must be for SIGN_VERIFY",
  ExpiredTokenException: "Renew the keeper's credentials",
  UnrecognizedClientException: "The keeper's credentials are not known to AWS: replace them",
  InvalidSignatureException: "Check the keeper's credentials and this machine's clock",
};

interface ServiceFields {
  readonly httpStatusCode?: number;
  readonly clockSkewCorrected?: boolean;
}

/** The kind of fault that an error of the SDK stands for. */
export function kmsFault(error: unknown): KmsFault {
  if (error instanceof AttestorError) return "refused";
  const name = nameOf(error);
  const { httpStatusCode: status = 0, clockSkewCorrected = false } = serviceFields(error);
  if (throttling.includes(name) || status === 429) return "throttled";
  if (passing.includes(name) || status >= 500 || clockSkewCorrected) return "passing";
  // a refusal that KMS spoke, or one of the SDK before it asked; whatever else has no status came from the network
  return status >= 400 || name === "CredentialsProviderError" ? "refused" : "passing";
}

/**
 * Our own error for a failed call.
 *
 * @param key the key's name in the configuration.
 * @param call `Sign`
 */
export function kmsError(key: string, call: string, error: unknown): AttestorError {
  if (error instanceof AttestorError) return error;
  const code = nameOf(error);
  switch (kmsFault(error)) {
    case "throttled":
      return new AttestorError("overloaded", { reason: `AWS KMS throttles ${call} (${code})`, retryAfterSeconds: 1 });
    case "passing":
      return new AttestorError("hsm_error", { call: `kms:${call}`, code });
    case "refused":
      if (code === "NotFoundException") {
        return new AttestorError("key_missing", { key, reason: "AWS KMS has no key of this ARN" });
      }
      return new AttestorError("kms_refused", {
        key,
        call,
        code,
        advice: advice[code] ?? "Look at the key in AWS KMS",
      });
  }
}

/** What KMS calls its error, or what Node calls a fault on the way; never the text, which may quote an endpoint. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return faultName(error);
  if (error.name === "AbortError") return "TimeoutError"; // by our own signal: the budget is spent
  return "$fault" in error && /^\w{1,64}$/.test(error.name) ? error.name : faultName(error);
}

function serviceFields(error: unknown): ServiceFields {
  const found = error instanceof Error && "$metadata" in error ? error.$metadata : undefined;
  return typeof found === "object" && found !== null ? found : {};
}
