import { DescribeKeyCommand, GetPublicKeyCommand, type KMSClient, SignCommand } from "@aws-sdk/client-kms";
import { AttestorError } from "../../shared/errors/index.ts";
import { FairTurns } from "../fairTurns.ts";
import type { Keystore, SigningKey } from "../keystore.ts";
import { checkKmsKey, type PinnedKmsKey, refuseOtherKey } from "./checkKey.ts";
import { parseEcdsaSignature } from "./der.ts";
import { kmsError, kmsFault } from "./faults.ts";
import { createKmsClient } from "./kmsClient.ts";
import { retryWithin } from "./retry.ts";

export interface KmsOptions {
  /** All in one region, reached by one endpoint. */
  readonly keys: readonly [PinnedKmsKey, ...PinnedKmsKey[]];
  /** How many requests may be at KMS at the same time. */
  readonly sessions: number;
  /** Milliseconds after which whoever asks gives this process up. */
  readonly callDeadlineMs: number;
}

/** Share of the caller's deadline that is used, so that a fault is answered before the process is given up. */
const usedShare = 0.8;

/** One attempt gets this share of the budget, so that one lost answer leaves time for two more. */
const attemptShare = 1 / 3;

/** Whoever asks is one daemon, which lets its clients take turns itself. */
const caller = "";

/**
 * Keys in AWS KMS. KMS has no place for the id of the ledger that a key belongs to.
 *
 * A repeated Sign makes a second, different signature over the same digest; only one of them ever leaves this process.
 */
export function createKmsKeystore({ keys, sessions, callDeadlineMs }: KmsOptions): Keystore {
  const budgetMs = Math.max(1, Math.floor(callDeadlineMs * usedShare));
  const attemptMs = Math.max(1, Math.floor(budgetMs * attemptShare));
  // an attempt's time begins when it goes to KMS, not while others have all connections: a request that has waited too long for
  // an attempt of its own says nothing about KMS
  const turns = new FairTurns(() => sessions, budgetMs - attemptMs);
  let client: KMSClient | undefined;

  async function ask<T>(key: string, call: string, run: (client: KMSClient, signal: AbortSignal) => Promise<T>) {
    const began = performance.now();
    return turns.take(caller, async () => {
      const leftMs = Math.max(1, Math.ceil(budgetMs - (performance.now() - began)));
      const options = { budgetMs: leftMs, mayRetry: (error: unknown) => kmsFault(error) !== "refused" };
      try {
        return await retryWithin(options, async (signal) => {
          if (!client) throw new AttestorError("hsm_error", { call: `kms:${call}`, code: "the keystore is closed" });
          return run(client, signal);
        });
      } catch (error) {
        throw kmsError(key, call, error);
      }
    });
  }

  async function openKey(pinned: PinnedKmsKey): Promise<SigningKey> {
    const { name, uri, publicKey } = pinned;
    const KeyId = uri.arn;
    const described = await ask(name, "DescribeKey", (kms, abortSignal) =>
      kms.send(new DescribeKeyCommand({ KeyId }), { abortSignal }),
    );
    const held = await ask(name, "GetPublicKey", (kms, abortSignal) =>
      kms.send(new GetPublicKeyCommand({ KeyId }), { abortSignal }),
    );
    const attributes = checkKmsKey(pinned, described, held);
    return { name, publicKey, attributes, ledgers: [], bindable: false, sign: (digest) => sign(pinned, digest) };
  }

  async function sign({ name, uri }: PinnedKmsKey, digest: Uint8Array): Promise<Uint8Array> {
    if (digest.length !== 32) throw new AttestorError("internal", { reason: "a digest must be 32 bytes" });
    const command = new SignCommand({
      KeyId: uri.arn,
      Message: Uint8Array.from(digest),
      MessageType: "DIGEST", // the default, RAW, would be hashed once more
      SigningAlgorithm: "ECDSA_SHA_256",
    });
    const answer = await ask(name, "Sign", (kms, abortSignal) => kms.send(command, { abortSignal }));
    refuseOtherKey("Sign", uri, answer.KeyId);
    const raw = answer.Signature && parseEcdsaSignature(answer.Signature);
    if (raw) return raw;
    throw new AttestorError("hsm_error", { call: "kms:Sign", code: "no signature in DER" });
  }

  return {
    async open() {
      client = createKmsClient({ uri: keys[0].uri, sessions, attemptMs });
      try {
        const opened: SigningKey[] = [];
        for (const key of keys) opened.push(await openKey(key));
        return opened;
      } catch (error) {
        client.destroy();
        client = undefined;
        throw error;
      }
    },
    async close() {
      client?.destroy();
      client = undefined;
    },
  };
}
