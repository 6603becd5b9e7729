export { type AuthorityRequest, createAuthority } from "./createAuthority.ts";
export { type CertificateRequest, issueCertificate } from "./issueCertificate.ts";
export type { CertificateFiles } from "./newFiles.ts";
