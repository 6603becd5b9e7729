import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsFiles } from "../config/index.ts";
import { AttestorError, faultName } from "../errors/index.ts";

/** PEM texts of an own certificate with key, and of the authority that the other side's certificate must come from. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly peerAuthority: string;
}

/**
 * Reads the files of a TLS identity and checks that certificate and key belong together.
 *
 * @param configFile named in the error, because that is where the reader has to look.
 * @throws AttestorError `config_invalid` naming the setting.
 */
export function readTlsIdentity(files: TlsFiles, configFile: string): TlsIdentity {
  const read = (setting: keyof TlsFiles) => {
    try {
      return readFileSync(files[setting], "utf8");
    } catch (error) {
      throw invalid(configFile, `tls.${setting}: ${files[setting]} cannot be read (${faultName(error)})`);
    }
  };
  const identity = { certificate: read("certificate"), key: read("key"), peerAuthority: read("peerAuthority") };
  try {
    createSecureContext({ cert: identity.certificate, key: identity.key, ca: identity.peerAuthority });
  } catch (error) {
    throw invalid(configFile, `tls: certificate, key and peerAuthority do not fit together (${faultName(error)})`);
  }
  return identity;
}

function invalid(file: string, problem: string): AttestorError {
  return new AttestorError("config_invalid", { file, problems: [problem] });
}
