import path from "node:path";
import { type AleoAddressText, accountOfSeed } from "../../shared/aleo/index.ts";
import { refuseUnwritable, writeNewFile } from "../../shared/files/index.ts";
import { call } from "../pkcs11/cryptoki.ts";
import { findToken } from "../pkcs11/token.ts";
import { sealSeed } from "../sealed/seal.ts";
import { formatSealedSeed, seedLength } from "../sealed/sealedFile.ts";
import { generateSealingKey } from "../sealed/sealingKey.ts";
import type { KeyRequest } from "./generateKey.ts";
import { keyNames, uriToBe } from "./keyNames.ts";
import { withCryptoki, withLogin } from "./withCryptoki.ts";

/** Id and label are those of the AES key. */
export interface SealedKeyRequest extends KeyRequest {
  readonly deployment: string;
  /** The bridge's id of the destination chain. */
  readonly destination: bigint;
  /** Where the sealed seed goes; must not exist. */
  readonly sealedFile: string;
}

export interface GeneratedSealedKey {
  /** For the configuration, with `pin-source` and the sealed file. */
  readonly uri: string;
  /** `aleo1…`: to be pinned in the configuration as `publicKey`. */
  readonly address: AleoAddressText;
  /** What the token states about the AES key. */
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Generates an AES key inside the token and a seed from the token's random generator, and writes the seed to a file as that
 * AES key has sealed it. The seed is in this process's memory until it is sealed, and its account's numbers, which cannot be
 * wiped, until this process ends: run it where nothing else runs.
 *
 * @throws AttestorError `conflict` if a secret key has this id or label or the file exists already, `invalid_field`,
 * `token_missing`, `pin_rejected`, `key_attribute`, `module_unusable`, `hsm_error`, `usage` if the file cannot be written.
 */
export function generateSealedKey(request: SealedKeyRequest): GeneratedSealedKey {
  const { module, token: label, serial, pin, pinFile, vendor, deployment, destination } = request;
  const { id, object } = keyNames(request);
  const sealedFile = path.resolve(request.sealedFile);
  refuseUnwritable(sealedFile);
  return withCryptoki(module, (cryptoki) => {
    const token = findToken(cryptoki, serial === undefined ? { label } : { label, serial });
    const place = { module, token: label, serial: token.serial, id, object, pinSource: { file: pinFile } };
    const uri = uriToBe({ ...place, ...(vendor && { vendor }) }, sealedFile);
    return withLogin(cryptoki, token, pin, (session) => {
      const { handle: key, attributes } = generateSealingKey(cryptoki, session, { object, id });
      const seed = call("C_GenerateRandom", () => cryptoki.C_GenerateRandom(session, Buffer.alloc(seedLength)));
      try {
        clearTopBits(seed);
        const { address } = accountOfSeed(seed);
        const sealed = sealSeed({ cryptoki, session, key }, seed, { address, deployment, destination, sealingKey: id });
        writeNewFile(sealedFile, formatSealedSeed(sealed), 0o600);
        return { uri, address, attributes };
      } finally {
        seed.fill(0);
      }
    });
  });
}

/** A seed is below the field's modulus, which has 253 bits: 252 bits always are. */
function clearTopBits(seed: Buffer): void {
  seed[seedLength - 1] = (seed[seedLength - 1] ?? 0) & 0x0f;
}
