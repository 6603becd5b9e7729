import type { KMSClient } from "@aws-sdk/client-kms";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Hex } from "../../shared/digest/index.ts";
import { addressOfPublicKey } from "../../shared/ecdsa/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import type { CeremonyStatement } from "../ceremony/index.ts";
import { devicePlaceOf, type KmsUri } from "../keyUri/index.ts";
import { statedKey } from "../kms/checkKey.ts";
import { kmsError } from "../kms/faults.ts";
import { retryWithin } from "../kms/retry.ts";

/** A KMS key as AWS describes it, and where it is, in the words of a ceremony. */
export interface DescribedKmsKey {
  /** 65 bytes, uncompressed. */
  readonly publicKey: Hex;
  /** EIP-55. */
  readonly address: string;
  /** KeySpec, KeyUsage, SigningAlgorithms, Origin, MultiRegion, KeyState, CreationDate. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly device: CeremonyStatement["device"];
  /** What KMS's clock showed (the Date of its answer, in whole seconds), milliseconds since 1970. */
  readonly clockMs?: number;
}

/** Milliseconds for one answer. */
const attemptMs = 10_000;

/**
 * Asks KMS what a key is, before anybody has pinned it.
 *
 * @param name as errors call it.
 * @throws AttestorError `key_missing`, `key_attribute`, `kms_refused`, `hsm_error`, `overloaded`.
 */
export async function describeKmsKey(name: string, uri: KmsUri): Promise<DescribedKmsKey> {
  // the SDK takes its time to load, and no other command of a token needs it
  const { DescribeKeyCommand, GetPublicKeyCommand } = await import("@aws-sdk/client-kms");
  const { createKmsClient } = await import("../kms/kmsClient.ts");
  const client = createKmsClient({ uri, sessions: 1, attemptMs });
  const clockOf = watchClock(client);
  const KeyId = uri.arn;
  const ask = <T>(call: string, send: (abortSignal: AbortSignal) => Promise<T>): Promise<T> =>
    retryWithin({ budgetMs: attemptMs, mayRetry: () => false }, send).catch((error: unknown) => {
      throw kmsError(name, call, error);
    });
  try {
    const described = await ask("DescribeKey", (abortSignal) =>
      client.send(new DescribeKeyCommand({ KeyId }), { abortSignal }),
    );
    const answered = await ask("GetPublicKey", (abortSignal) =>
      client.send(new GetPublicKeyCommand({ KeyId }), { abortSignal }),
    );
    const { attributes, publicKey } = statedKey(name, uri, described, answered);
    if (!publicKey) throw new AttestorError("key_missing", { key: name, reason: "it has no public key of secp256k1" });
    const hex: Hex = `0x${bytesToHex(publicKey)}`;
    const clockMs = clockOf();
    return {
      ...{ publicKey: hex, address: addressOfPublicKey(publicKey), attributes, device: deviceOf(uri) },
      ...(clockMs !== undefined && { clockMs }),
    };
  } finally {
    client.destroy();
  }
}

/** @returns the Date that the client's last answer named; undefined if it named none. */
function watchClock(client: KMSClient): () => number | undefined {
  let clockMs: number | undefined;
  client.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request);
      clockMs = dateOf(answer.response);
      return answer;
    },
    { step: "deserialize" },
  );
  return () => clockMs;
}

/** The middleware's types say nothing of an answer; what the SDK's handler gives has its headers in lower case. */
function dateOf(response: unknown): number | undefined {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string>> };
  const time = Date.parse(headers?.date ?? "");
  return Number.isNaN(time) ? undefined : time;
}

function deviceOf(uri: KmsUri): CeremonyStatement["device"] {
  return {
    ...devicePlaceOf(uri),
    manufacturer: "Amazon Web Services",
    model: `KMS ${uri.region}`,
    firmware: "not stated",
    library: "KMS API 2014-11-01",
  };
}
