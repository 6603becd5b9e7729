import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { TlsFiles } from "../config/index.ts";
import { AttestorError, faultName, faultText } from "../errors/index.ts";

/** PEM texts of an own certificate with key, and of the authority that the other side's certificate must come from. */
export interface TlsIdentity {
  readonly certificate: string;
  readonly key: string;
  readonly peerAuthority: string;
}

/**
 * Reads the files of a TLS identity and checks that certificate and key belong together, and that the peer authority is
 * one: for an empty text Node would silently trust every public authority.
 *
 * @param configFile named in the error, because that is where the reader has to look.
 * @throws AttestorError `config_invalid` naming the setting.
 */
export function readTlsIdentity(files: TlsFiles, configFile: string): TlsIdentity {
  const invalid = (setting: keyof TlsFiles, problem: string) =>
    new AttestorError("config_invalid", {
      file: configFile,
      problems: [`tls.${setting}: ${files[setting]} ${problem}`],
    });
  const read = (setting: keyof TlsFiles) => {
    try {
      return readFileSync(files[setting], "utf8");
    } catch (error) {
      throw invalid(setting, `cannot be read (${faultText(error)})`);
    }
  };
  const parse = <T>(setting: keyof TlsFiles, kind: string, parser: (pem: string) => T): T => {
    try {
      return parser(identity[setting]);
    } catch (error) {
      throw invalid(setting, `is not a ${kind} in PEM (${faultName(error)})`);
    }
  };
  const identity = { certificate: read("certificate"), key: read("key"), peerAuthority: read("peerAuthority") };
  const certificate = parse("certificate", "certificate", (pem) => new X509Certificate(pem));
  const key = parse("key", "private key", (pem) => createPrivateKey(pem));
  const authority = parse("peerAuthority", "certificate", (pem) => new X509Certificate(pem));
  if (!certificate.checkPrivateKey(key)) throw invalid("key", "does not belong to tls.certificate");
  if (!authority.ca) throw invalid("peerAuthority", "is not the certificate of an authority");
  return identity;
}
