import "reflect-metadata"; // @peculiar/x509 expects it to be there
import { generateKeyPairSync, webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { keyCurve, signingAlgorithm, webKeyPair } from "./keyPair.ts";
import { type CertificateFiles, certificateFiles, refuseExisting, writeCertificate, writeKey } from "./newFiles.ts";
import { subject } from "./subject.ts";
import { validityFor } from "./validity.ts";

export interface AuthorityRequest {
  /** What the authority is called: 1 to 64 printable ASCII characters. */
  readonly commonName: string;
  /** Made if missing; gets `ca.crt` and `ca.key`. */
  readonly folder: string;
  /** Days of validity, above 0; default 3650. */
  readonly days?: number;
  /** Start of validity; default now, less five minutes. */
  readonly notBefore?: Date;
}

/**
 * Makes a certificate authority: a new EC P-256 key (file mode 0600) and its self-signed certificate, which may sign
 * end certificates only (RFC 5280 §4.2.1.9, path length 0).
 *
 * @throws AttestorError `conflict` if either file exists, `usage` for a name or validity that cannot be.
 */
export async function createAuthority(request: AuthorityRequest): Promise<CertificateFiles> {
  const files = certificateFiles(request.folder, "ca");
  const name = subject(request.commonName);
  const validity = validityFor(request.days ?? 3_650, request.notBefore);
  refuseExisting(files);

  const { privateKey } = generateKeyPairSync("ec", { namedCurve: keyCurve });
  const keys = webKeyPair(privateKey);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name,
      keys,
      signingAlgorithm,
      ...validity,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(keys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  writeKey(files.keyFile, privateKey.export({ type: "pkcs8", format: "pem" }).toString());
  writeCertificate(files.certificateFile, `${certificate.toString("pem")}\n`);
  return files;
}
