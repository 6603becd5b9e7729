import { AttestorError } from "../../shared/errors/index.ts";
import type { FaultNotice, Keystore } from "../keystore.ts";
import { type AnyKeyUri, isKmsUri, isTokenUri } from "../keyUri/index.ts";
import type { KeystoreOptions } from "./keyService.ts";

/** The backend that the keys' URIs name. Only that one is loaded: a token's keeper holds no HTTP client. */
export async function createKeystore(
  { keys, notice, ...options }: KeystoreOptions & { readonly notice: (fault: FaultNotice) => void },
  environment: NodeJS.ProcessEnv,
): Promise<Keystore> {
  if (isKmsUri(keys[0].uri)) {
    const { createKmsKeystore } = await import("../kms/kmsKeystore.ts");
    return createKmsKeystore({ ...options, keys: allOf(keys, isKmsUri) });
  }
  const { createPkcs11Keystore } = await import("../pkcs11/pkcs11Keystore.ts");
  return createPkcs11Keystore({ ...options, environment, notice, keys: allOf(keys, isTokenUri) });
}

type Keys<U> = readonly [At<U>, ...At<U>[]];
type At<U> = Omit<KeystoreOptions["keys"][0], "uri"> & { readonly uri: U };

/** @throws AttestorError `invalid_field` if they are not all in one kind of device. */
function allOf<U extends AnyKeyUri>(keys: KeystoreOptions["keys"], isThere: (uri: AnyKeyUri) => uri is U): Keys<U> {
  const [first, ...rest] = keys.map(({ uri, ...key }) => {
    if (isThere(uri)) return { ...key, uri };
    throw new AttestorError("invalid_field", { field: "keys", reason: "must all be in one device" });
  });
  if (first) return [first, ...rest];
  throw new AttestorError("invalid_field", { field: "keys", reason: "must hold at least one key" });
}
