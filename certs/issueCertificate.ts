import "reflect-metadata"; // @peculiar/x509 expects it to be there
import { generateKeyPairSync, type KeyObject, X509Certificate as NodeCertificate, webcrypto } from "node:crypto";
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { AttestorError, faultName } from "../shared/errors/index.ts";
import { name } from "../shared/schema/index.ts";
import { keyCurve, readKeyFile, signingAlgorithm, webKeyPair } from "./keyPair.ts";
import { type CertificateFiles, certificateFiles, refuseExisting, writeCertificate, writeKey } from "./newFiles.ts";
import { subject } from "./subject.ts";
import { type Validity, validityFor } from "./validity.ts";

export interface CertificateRequest {
  readonly authority: CertificateFiles;
  /** What the certificate may be used for (RFC 5280 §4.2.1.12): one of the two, never both. */
  readonly role: "server" | "client";
  /** Also the files' name: 1 to 64 of a-z, 0-9, '.', '_' and '-'. */
  readonly commonName: string;
  /** Under which a server is reached: DNS names and IP addresses. At least one for a server, none for a client. */
  readonly hosts?: readonly string[];
  /** Days of validity, above 0; never beyond the authority's own. */
  readonly days: number;
  /** Start of validity; default now, less five minutes. */
  readonly notBefore?: Date;
  /** Made if missing; gets NAME.crt and NAME.key. */
  readonly folder: string;
  /** Certifies the key that NAME.key holds again and replaces NAME.crt: the pin stays as it is. Default false. */
  readonly renew?: boolean;
}

/**
 * Issues an end certificate for a new EC P-256 key (file mode 0600), or renews one for the key that is there.
 *
 * @throws AttestorError `conflict` if either file exists and this is not a renewal; `usage` for a request that cannot be.
 */
export async function issueCertificate(request: CertificateRequest): Promise<CertificateFiles> {
  const { role, commonName } = request;
  if (!name.safeParse(commonName).success) {
    throw new AttestorError("usage", {
      reason: "the name must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
    });
  }
  const files = certificateFiles(request.folder, commonName);
  const names = alternativeNames(role, request.hosts ?? []);
  const authority = readAuthority(request.authority);
  const validity = validityFor(request.days, request.notBefore);
  refuseOutliving(validity, authority.certificate);
  if (!request.renew) refuseExisting(files);

  const key = request.renew
    ? readKeyFile(files.keyFile)
    : generateKeyPairSync("ec", { namedCurve: keyCurve }).privateKey;
  const { publicKey } = webKeyPair(key);
  const certificate = await X509CertificateGenerator.create(
    {
      subject: subject(commonName),
      issuer: authority.certificate.subjectName.toJSON(),
      publicKey,
      signingKey: webKeyPair(authority.key).privateKey,
      signingAlgorithm,
      ...validity,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage[`${role}Auth`]]),
        ...(names.length > 0 ? [new SubjectAlternativeNameExtension(names)] : []),
        await SubjectKeyIdentifierExtension.create(publicKey, false, webcrypto),
        await AuthorityKeyIdentifierExtension.create(authority.certificate.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  if (!request.renew) writeKey(files.keyFile, key.export({ type: "pkcs8", format: "pem" }).toString());
  writeCertificate(files.certificateFile, `${certificate.toString("pem")}\n`);
  return files;
}

function alternativeNames(role: "server" | "client", hosts: readonly string[]): JsonGeneralName[] {
  if (role === "client" && hosts.length > 0) {
    throw new AttestorError("usage", {
      reason: "hosts belong to a server's certificate; a client is known by its pin",
    });
  }
  if (role === "server" && hosts.length === 0) {
    throw new AttestorError("usage", { reason: "a server's certificate needs at least one host (name or IP address)" });
  }
  return hosts.map((host) => {
    if (isIP(host)) return { type: "ip", value: host };
    if (/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(host)) {
      return { type: "dns", value: host };
    }
    throw new AttestorError("usage", { reason: `host ${host} is neither a lower-case DNS name nor an IP address` });
  });
}

function readAuthority(files: CertificateFiles): { certificate: X509Certificate; key: KeyObject } {
  const key = readKeyFile(files.keyFile);
  const { certificateFile } = files;
  let pem: string;
  let certificate: NodeCertificate;
  try {
    pem = readFileSync(certificateFile, "utf8");
    certificate = new NodeCertificate(pem);
  } catch (error) {
    const why = faultName(error);
    throw new AttestorError("usage", { reason: `${certificateFile} cannot be read as a certificate (${why})` });
  }
  if (certificate.ca && certificate.checkPrivateKey(key)) return { certificate: new X509Certificate(pem), key };
  throw new AttestorError("usage", {
    reason: `${certificateFile} is not the authority that ${files.keyFile} signs for`,
  });
}

/** A certificate that outlives its authority stops working earlier than it says. */
function refuseOutliving(validity: Validity, authority: X509Certificate): void {
  if (validity.notAfter <= authority.notAfter) return;
  throw new AttestorError("usage", {
    reason: `the authority's certificate ends on ${authority.notAfter.toISOString()}: ask for fewer days`,
  });
}
