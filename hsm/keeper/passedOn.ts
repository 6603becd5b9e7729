import { isKmsUri } from "../keyUri/index.ts";
import type { AnyKeyPlan } from "./keyPlan.ts";

/** What a vendor's module or a PIN's location needs of the environment. */
const forTokens = ["SOFTHSM2_CONF", "YUBIHSM_PKCS11_CONF", "P11_KIT_SERVER_ADDRESS", "CREDENTIALS_DIRECTORY"];

/**
 * What the SDK's credential chain needs to find credentials in a file, a role or a token that is renewed. Secrets
 * themselves (AWS_SECRET_ACCESS_KEY) are not passed on: the environment of a long-lived process is no place for them.
 */
const forKms = [
  "HOME",
  "AWS_PROFILE",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  "AWS_EC2_METADATA_DISABLED",
];

/** The part of its starter's environment that a keeper of these keys gets. */
export function passedOn(keys: readonly AnyKeyPlan[], environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = new Set(keys.flatMap(({ uri }) => (isKmsUri(uri) ? forKms : forTokens)));
  return Object.fromEntries([...names].flatMap((name) => (name in environment ? [[name, environment[name]]] : [])));
}
