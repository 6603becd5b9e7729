import { KMSClient } from "@aws-sdk/client-kms";
import type { KmsUri } from "../keyUri/index.ts";

export interface KmsClientOptions {
  readonly uri: KmsUri;
  /** Requests at the same time. */
  readonly sessions: number;
  /** Milliseconds that one attempt may take to its answer. */
  readonly attemptMs: number;
}

/**
 * A client for one region. It goes where the URI says and nowhere else: an endpoint in the environment or in a profile
 * is not looked at. Credentials come from the SDK's own chain.
 */
export function createKmsClient({ uri, sessions, attemptMs }: KmsClientOptions): KMSClient {
  const agent = { keepAlive: true, maxSockets: sessions };
  return new KMSClient({
    region: uri.region,
    ...(uri.endpoint === undefined ? {} : { endpoint: uri.endpoint }),
    ignoreConfiguredEndpointUrls: true,
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    maxAttempts: 1, // see retryWithin
    requestHandler: {
      requestTimeout: attemptMs,
      throwOnRequestTimeout: true, // without it the handler only warns, and waits for ever
      connectionTimeout: attemptMs,
      socketTimeout: attemptMs, // for an answer that stops half-way
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
}
