import { Agent, request } from "node:https";
import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { AttestorError, faultName } from "../errors/index.ts";
import { parseJson, stringifyJson } from "../json/index.ts";
import { type LiveIdentity, liveIdentity } from "./followIdentity.ts";
import type { TlsIdentity } from "./identity.ts";
import { pinOf } from "./pin.ts";

/** What a peer answered: HTTP status, headers of interest, and the body as lossless JSON (undefined if it has none). */
export interface PeerAnswer {
  readonly status: number;
  readonly retryAfterSeconds: number | undefined;
  readonly body: unknown;
}

/** Talks to one peer whose key is pinned. */
export interface PinnedClient {
  /**
   * @param body sent as JSON where given.
   * @throws AttestorError `peer_unreachable`, `peer_not_pinned`, `peer_answer_unusable`.
   */
  request(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<PeerAnswer>;
  close(): void;
}

export interface PinnedClientOptions {
  /** What the peer is called in errors ("signer", "collector"); its address is never shown. */
  readonly peer: string;
  readonly baseUrl: string;
  readonly identity: TlsIdentity | LiveIdentity;
  /** Pin of the peer's public key. */
  readonly pin: string;
  /** Longest time for one exchange, in milliseconds. */
  readonly timeoutMs: number;
  /** Largest answer that is read, in bytes. Default 1 MiB. */
  readonly maximumAnswerBytes?: number;
}

/**
 * A mutual-TLS client for one peer. The peer's certificate must chain to the configured authority, be in date, name
 * the host, and hold the pinned key; the last is checked before the request is sent.
 */
export function createPinnedClient(options: PinnedClientOptions): PinnedClient {
  const identity = liveIdentity(options.identity);
  const agent = new Agent({
    keepAlive: true,
    maxCachedSessions: 0,
    minVersion: "TLSv1.3",
    ...credentials(identity.current()),
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      checkServerIdentity(host, certificate) ??
      (pinOf(certificate.raw) === options.pin
        ? undefined
        : new AttestorError("peer_not_pinned", { peer: options.peer })),
  });
  // connections that are open go on under the certificate that they were made with
  identity.onRenewal((renewed) => Object.assign(agent.options, credentials(renewed)));
  return {
    request: (method, path, body) => exchange(agent, options, method, path, body),
    close: () => agent.destroy(),
  };
}

function credentials({ certificate, key, peerAuthority }: TlsIdentity) {
  return { cert: certificate, key, ca: peerAuthority };
}

async function exchange(
  agent: Agent,
  options: PinnedClientOptions,
  method: string,
  path: string,
  body: unknown,
): Promise<PeerAnswer> {
  const { peer } = options;
  const payload = body === undefined ? undefined : Buffer.from(stringifyJson(body));
  const signal = AbortSignal.timeout(options.timeoutMs);
  const { promise, resolve, reject } = Promise.withResolvers<PeerAnswer>();
  const outgoing = request(
    new URL(path, options.baseUrl),
    {
      agent,
      method,
      signal,
      headers: payload ? { "content-type": "application/json", "content-length": payload.length } : {},
    },
    (incoming) => {
      const chunks: Buffer[] = [];
      let size = 0;
      incoming.on("data", (chunk: Buffer) => {
        size += chunk.length;
        chunks.push(chunk);
        if (size > (options.maximumAnswerBytes ?? 1_048_576)) {
          outgoing.destroy(new AttestorError("peer_answer_unusable", { peer, reason: "it is too large" }));
        }
      });
      incoming.on("error", reject);
      incoming.on("end", () => {
        try {
          resolve({
            status: incoming.statusCode ?? 0,
            retryAfterSeconds: wholeSeconds(incoming.headers["retry-after"]),
            body: answerBody(Buffer.concat(chunks), incoming.headers["content-type"] ?? ""),
          });
        } catch {
          reject(new AttestorError("peer_answer_unusable", { peer, reason: "its body is not valid JSON" }));
        }
      });
    },
  );
  outgoing.on("error", reject);
  outgoing.end(payload);
  try {
    return await promise;
  } catch (error) {
    if (error instanceof AttestorError) throw error;
    throw new AttestorError("peer_unreachable", { peer, reason: signal.aborted ? "time-out" : faultName(error) });
  }
}

/** Retry-After in seconds (RFC 9110 §10.2.3); a date, which our services never send, counts as none. */
function wholeSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^[0-9]{1,6}$/.test(header) ? Number(header) : undefined;
}

function answerBody(bytes: Buffer, contentType: string): unknown {
  return bytes.length > 0 && /json/.test(contentType) ? parseJson(bytes.toString("utf8")) : undefined;
}
