import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import {
  type AleoAccount,
  accountOfSeed,
  fieldMessage,
  type Message,
  type SchnorrText,
  seedBytes,
  signMessage,
  statementMessage,
  verifiesMessage,
  verulinkAleoSchnorr,
} from "../../shared/aleo/index.ts";
import { AttestorError } from "../../shared/errors/index.ts";
import { ceremonyDigest } from "../ceremony/statement.ts";
import type { KeyService } from "../keeper/keyService.ts";
import type { SealedKeySpec } from "../keeper/keySpec.ts";
import { possessionDigest } from "../keeper/possession.ts";
import { refuseOtherCeremony, refuseOtherDestination } from "../keeper/refusals.ts";

export interface SealedSignerOptions {
  /** Fills a buffer with the next key's seed. @returns false if there is none. */
  readonly readSeed: (seed: Buffer) => boolean;
  readonly closeSeeds: () => void;
  /** What the process can reach: stated with each key. */
  readonly network: string;
}

interface OpenKey {
  readonly spec: SealedKeySpec;
  readonly account: AleoAccount;
}

/** What the process with the seeds does for each operation of the keepers' protocol. */
export function createSealedSigner({ readSeed, closeSeeds, network }: SealedSignerOptions): KeyService {
  const keys = new Map<string, OpenKey>();
  let isOpened = false;
  const keyOf = (name: string): OpenKey => {
    const key = keys.get(name);
    if (key) return key;
    throw new AttestorError("key_missing", {
      key: name,
      reason: "the signer has not opened a sealed key of this name",
    });
  };
  const openKey = (spec: SealedKeySpec): OpenKey => {
    const seed = Buffer.alloc(seedBytes);
    try {
      if (!readSeed(seed)) throw new AttestorError("key_missing", { key: spec.name, reason: "its seed did not come" });
      return { spec, account: accountThatIs(spec, seed) };
    } finally {
      seed.fill(0);
    }
  };
  return {
    async open({ keys: specs }) {
      if (isOpened) throw new AttestorError("invalid_field", { field: "op", reason: "keys can be opened only once" });
      isOpened = true;
      for (const spec of specs) if ("custody" in spec) keys.set(spec.name, openKey(spec));
      closeSeeds();
      const stated = { attributes: { network }, ledgers: [], bindable: false }; // of ledgers the token tells, not this process
      return { keys: [...keys.keys()].map((name) => ({ name, ...stated })) };
    },
    async attest({ key, packet, verdict }) {
      const open = keyOf(key);
      refuseOtherDestination(open.spec, packet.destination.chainId);
      return { signature: sign(open, fieldMessage(verulinkAleoSchnorr(packet, verdict).digest)) };
    },
    async prove({ key, nonce }) {
      const open = keyOf(key);
      const digest = possessionDigest(utf8ToBytes(open.spec.publicKey), hexToBytes(nonce.slice(2)));
      return { signature: sign(open, statementMessage(digest)) };
    },
    async ceremony({ key, statement }) {
      const open = keyOf(key);
      refuseOtherCeremony(open.spec, statement);
      return { signature: sign(open, statementMessage(ceremonyDigest(statement))) };
    },
    async checkpoint({ key }) {
      const reason = `key ${key} signs attestations only`;
      throw new AttestorError("denied", { rule: "key-use", reason, inputs: { key } });
    },
    async close() {
      keys.clear();
      return {};
    },
  };
}

/** @throws AttestorError `key_mismatch` for another account's seed. */
function accountThatIs({ name, publicKey }: SealedKeySpec, seed: Uint8Array): AleoAccount {
  const account = accountOfSeed(seed);
  if (account.address === publicKey) return account;
  throw new AttestorError("key_mismatch", { key: name, expected: publicKey, found: account.address });
}

/** Signs, and answers only what verifies: with a wrong one, a fault of this machine could give the key away. */
function sign({ spec, account }: OpenKey, message: Message): SchnorrText {
  const signature = signMessage(account, message);
  if (verifiesMessage(signature, spec.publicKey, message)) return signature;
  throw new AttestorError("wrong_signature", { key: spec.name });
}
