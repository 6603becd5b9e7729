import { AttestorError } from "../../shared/errors/index.ts";
import type { CeremonyStatement } from "../ceremony/index.ts";
import { isKmsUri, isSealedUri, type KeyUri, parseAnyKeyUri } from "../keyUri/index.ts";
import { readAttribute } from "../pkcs11/attributes.ts";
import { objectClass } from "../pkcs11/constants.ts";
import { type Cryptoki, call, type SessionHandle } from "../pkcs11/cryptoki.ts";
import { findObjects } from "../pkcs11/findObjects.ts";
import { findToken } from "../pkcs11/token.ts";
import type { UserPin } from "./readPinFile.ts";
import { withCryptoki, withLogin } from "./withCryptoki.ts";

export interface KeyOrigin {
  readonly device: CeremonyStatement["device"];
  /** The certificate that the token keeps under the key's id, in PEM; null if it keeps none. */
  readonly certificate: string | null;
}

/**
 * Where a key is and what its device has to say for it.
 *
 * @throws AttestorError `token_missing`, `pin_rejected`, `pin_latched`, `module_unusable`, `hsm_error`, `conflict` for two certificates.
 */
export function describeKeyOrigin(uri: string, pin: UserPin): KeyOrigin {
  const parsed = parseAnyKeyUri(uri);
  if (isKmsUri(parsed))
    throw new AttestorError("invalid_field", { field: "uri", reason: "must be of a key in a token" });
  const place = isSealedUri(parsed) ? parsed.sealingKey : parsed;
  return withCryptoki(place.module, (cryptoki) => {
    const token = findToken(cryptoki, { label: place.token, serial: place.serial });
    const { libraryDescription, libraryVersion } = call("C_GetInfo", () => cryptoki.C_GetInfo());
    const { label, serial, manufacturer, model, firmware } = token;
    const library = `${libraryDescription.trim()} ${libraryVersion.major}.${libraryVersion.minor}`;
    return withLogin(cryptoki, token, pin, (session) => ({
      device: { token: label, serial, manufacturer, model, firmware, library },
      certificate: certificateOf(cryptoki, session, place),
    }));
  });
}

function certificateOf(cryptoki: Cryptoki, session: SessionHandle, { id }: KeyUri): string | null {
  const template = { CKA_CLASS: objectClass.CKO_CERTIFICATE, CKA_ID: id };
  const [found, ...others] = findObjects(cryptoki, session, template);
  if (!found) return null;
  if (others.length > 0)
    throw new AttestorError("conflict", { reason: "The token keeps two certificates for the key" });
  const der = readAttribute(cryptoki, session, found, "CKA_VALUE") ?? Buffer.alloc(0);
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
