import type { DigestScheme, SchemeName } from "./scheme.ts";
import { verulinkEvm } from "./verulinkEvm.ts";

export {
  type DigestScheme,
  type Hex,
  type PacketDigest,
  type SchemeName,
  schemeNames,
  type VerdictResult,
  verdictResults,
} from "./scheme.ts";

export { type SignatureText, signatureText } from "./signatureText.ts";

const schemes: Readonly<Record<SchemeName, DigestScheme>> = { "verulink-evm": verulinkEvm };

/** The digest scheme of that name. */
export function digestScheme(name: SchemeName): DigestScheme {
  return schemes[name];
}
