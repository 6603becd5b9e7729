import { AttestorError } from "../../shared/errors/index.ts";
import { percentDecode, percentEncode, utf8Text } from "./percent.ts";

/** A key in AWS KMS, named so that exactly one key can be meant. */
export interface KmsUri {
  /** The key's own ARN; an alias is refused, because an alias can be pointed at another key. */
  readonly arn: string;
  /** Where the key is, as its ARN says. */
  readonly region: string;
  /** Instead of the region's public endpoint: a VPC endpoint, a FIPS endpoint, or a test's double on this machine. */
  readonly endpoint?: string;
}

const arnForm =
  /^arn:aws(?:-[a-z]+)*:kms:([a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}):[0-9]{12}:key\/(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;

/**
 * Reads `awskms:ARN[?endpoint=URL]`, strictly.
 *
 * @throws AttestorError `invalid_field` (field `uri`).
 */
export function parseKmsUri(text: string): KmsUri {
  const [, arn = "", query] = /^awskms:([^?]*)(?:\?(.*))?$/s.exec(text) ?? [];
  if (arn.includes(":alias/"))
    throw invalid("must name the key by its own ARN; an alias can be pointed at another key");
  const region = arnForm.exec(arn)?.[1];
  if (region === undefined) throw invalid("must be awskms:arn:aws:kms:REGION:ACCOUNT:key/ID");
  return query === undefined ? { arn, region } : { arn, region, endpoint: endpointIn(query) };
}

/** Writes the URI that {@link parseKmsUri} reads back as the same key. */
export function formatKmsUri({ arn, endpoint }: Omit<KmsUri, "region">): string {
  return `awskms:${arn}${endpoint === undefined ? "" : `?endpoint=${percentEncode(endpoint, "query")}`}`;
}

/** Equal for two URIs exactly if one client reaches both keys: same account, region and endpoint. */
export function accountOf({ arn, endpoint }: KmsUri): string {
  return JSON.stringify([arn.slice(0, arn.indexOf(":key/")), endpoint ?? null]);
}

function endpointIn(query: string): string {
  const encoded = /^endpoint=([^&]+)$/.exec(query)?.[1];
  if (encoded === undefined) throw invalid("may have one attribute after the question mark, endpoint=URL");
  const bytes = percentDecode(encoded, "query");
  const text = bytes && utf8Text(bytes);
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) throw invalid("endpoint must be a URL");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isThisMachine(url.hostname))) {
    throw invalid("endpoint must be https; plain http reaches this machine only");
  }
  if (url.href !== `${url.origin}/`) throw invalid("endpoint must be a host and a port only");
  return url.origin;
}

function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.[0-9]{1,3}){3}$/.test(hostname);
}

function invalid(reason: string): AttestorError {
  return new AttestorError("invalid_field", { field: "uri", reason });
}
