import type { RequestListener, Server } from "node:http";
import type { Server as HttpsServer } from "node:https";
import fastify, { type FastifyInstance } from "fastify";
import { AttestorError, problemMediaType, toProblem } from "../errors/index.ts";
import { parseJson, stringifyJson } from "../json/index.ts";
import type { Logger } from "../log/index.ts";

export type HttpService = FastifyInstance;

/** Limits of every HTTP listener, so that no client can hold one up. */
const limits = {
  /** Largest request body, in bytes. A packet has less than 2 KiB. */
  bodyBytes: 65_536,
  /** From the first byte of a request to its last, in milliseconds. */
  requestMs: 10_000,
  /** Idle keep-alive connections are closed after this, in milliseconds. */
  keepAliveMs: 60_000,
} as const;

export interface HttpServiceOptions {
  readonly logger: Logger;
  readonly bodyLimitBytes?: number;
  /** Makes the server that the routes hang on. */
  readonly createServer: (handler: RequestListener) => Server | HttpsServer;
}

/**
 * An HTTP service with our manners: JSON in without losing digits, JSON out with integers as decimal strings, every
 * refusal a problem document (RFC 9457) of the closed set, no stack trace, no echo of input.
 */
export function createHttpService(options: HttpServiceOptions): HttpService {
  const service = fastify({
    bodyLimit: options.bodyLimitBytes ?? limits.bodyBytes,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: "idle",
    return503OnClosing: true,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 128 },
    serverFactory: (handler) => {
      const server = options.createServer(handler as RequestListener);
      server.headersTimeout = limits.requestMs;
      server.requestTimeout = limits.requestMs;
      server.keepAliveTimeout = limits.keepAliveMs;
      return server;
    },
    clientErrorHandler(_error, socket) {
      socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    },
  });
  service.removeAllContentTypeParsers();
  service.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, parseJson(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  service.setSerializerCompiler(() => stringifyJson);
  service.setReplySerializer((payload) => stringifyJson(payload));
  service.setNotFoundHandler(() => {
    throw new AttestorError("not_found", { what: "such path" });
  });
  service.setErrorHandler((error, _request, reply) => {
    const known = toKnownError(error, service.initialConfig.bodyLimit ?? limits.bodyBytes);
    if (known.code === "internal") options.logger.error({ err: error, stack: stackOf(error) }, "an unexpected fault");
    if (known.status === 503)
      void reply.header("retry-after", "retryAfterSeconds" in known.data ? known.data.retryAfterSeconds : 1);
    return reply.status(known.status).type(problemMediaType).send(toProblem(known));
  });
  return service;
}

function toKnownError(error: unknown, limitBytes: number): AttestorError {
  if (error instanceof AttestorError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new AttestorError("body_too_large", { limitBytes });
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" || code === "FST_ERR_CTP_EMPTY_TYPE") {
    return new AttestorError("unsupported_media_type", { expected: "application/json" });
  }
  if (typeof code === "string" && code.startsWith("FST_ERR_CTP_")) {
    return new AttestorError("malformed_json", { reason: "it is empty or cut short" });
  }
  return new AttestorError("internal", { reason: "see the log" });
}

/** Where in our code a fault arose: file and line of each frame, without the message that may quote input. */
function stackOf(error: unknown): string[] {
  const frames = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return frames.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
}
