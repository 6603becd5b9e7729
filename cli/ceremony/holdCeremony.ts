import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type CeremonyStatement,
  type CeremonyTranscript,
  ceremonySpec,
  refuseOtherCertificate,
  startKeeper,
} from "../../hsm/index.ts";
import { describeKeyOrigin, readPinFile } from "../../hsm/provisioning/index.ts";
import { publicKeyFromHex } from "../../shared/ecdsa/index.ts";
import { createLogger } from "../../shared/log/index.ts";
import type { CeremonyForm } from "./ceremonyForm.ts";
import { ceremonyKey } from "./ceremonyKey.ts";

export interface CeremonyOptions {
  /** Absolute path of the PKCS#11 library. */
  readonly module: string;
  readonly serial: string | undefined;
  /** Records a key that is in the token already, instead of generating one. */
  readonly existing: boolean;
  /** The vendor's certificate over the key in PEM, where it does not stand in the token. */
  readonly certificate: string | undefined;
  readonly nowMs: number;
}

/** Milliseconds for one signature; the slowest device that we know of takes 75. */
const callDeadlineMs = 30_000;

/**
 * Generates the key, reads from the device what it says of it, and has the key sign all of that through a keeper: the
 * same process, checks and protocol that will serve it.
 *
 * @throws AttestorError what {@link ceremonyKey} and a keeper's start throw.
 */
export async function holdCeremony(form: CeremonyForm, options: CeremonyOptions): Promise<CeremonyTranscript> {
  const pinFile = path.resolve(form.pinFile);
  const place = { module: options.module, token: form.token, pin: readPinFile(pinFile) };
  const inToken = options.serial === undefined ? place : { ...place, serial: options.serial };
  const key = ceremonyKey(form, { inToken, pinFile, existing: options.existing });
  const { device, certificate } = describeKeyOrigin(key.uri, place.pin);
  const attestationCertificate = options.certificate?.replaceAll("\r", "") ?? certificate;
  const publicKey = publicKeyFromHex(key.publicKey);
  if (publicKey && attestationCertificate !== null) refuseOtherCertificate(attestationCertificate, publicKey);
  const statement: CeremonyStatement = {
    format: "hsm-attestor key ceremony v1",
    heldAt: `${new Date(options.nowMs).toISOString().slice(0, 19)}Z`,
    participants: [...form.participants],
    generated: !options.existing,
    key: { ...key, name: form.label, use: form.use, attributes: { ...key.attributes } },
    device,
    attestationCertificate,
  };
  return { ...statement, possession: await signedByKey(statement) };
}

async function signedByKey(statement: CeremonyStatement) {
  const { name } = statement.key;
  const spec = ceremonySpec(statement.key);
  const stateFolder = mkdtempSync(path.join(tmpdir(), "hsm-attestor-ceremony-"));
  const logger = createLogger({ service: "ceremony", level: "error" }, process.stderr);
  try {
    const keeper = await startKeeper({ keys: [spec], stateFolder, sessions: 1, callDeadlineMs, logger });
    try {
      return await keeper.ceremony({ key: name, statement });
    } finally {
      await keeper.close();
    }
  } finally {
    rmSync(stateFolder, { recursive: true, force: true });
  }
}
