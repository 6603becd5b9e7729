/** What the codes of Node, SQLite and PostgreSQL mean to whoever can do something about them. No sentence here holds a value or an endpoint. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "this user has no right to it",
  EISDIR: "it is a folder",
  EEXIST: "it is there already",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "it closed the connection; it may not take this certificate",
  ENOTFOUND: "nobody knows its host's name",
  SQLITE_NOTADB: "it is no SQLite database",
  SQLITE_READONLY: "this user may not write it",
  SQLITE_FULL: "the disk is full",
  "28P01": "the server rejected the password",
  "28000": "the server does not let this user in",
  "3D000": "the server has no database of that name",
  "42501": "this user lacks a right in the database",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another host",
  ...Object.fromEntries(
    [
      "SELF_SIGNED_CERT_IN_CHAIN",
      "DEPTH_ZERO_SELF_SIGNED_CERT",
      "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
      "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    ].map((code) => [code, "its certificate is not from tls.peerAuthority"]),
  ),
};

/** A code such as `ENOENT` with what it means, where that is known: `ENOENT: there is no such file`. */
export function codeText(code: string): string {
  const meaning = meanings[code];
  return meaning === undefined ? code : `${code}: ${meaning}`;
}
