import type { RequestListener, Server } from "node:http";
import type { Server as HttpsServer } from "node:https";
import fastify, { type FastifyInstance } from "fastify";
import { AttestorError, toProblem } from "../errors/index.ts";
import { parseJson, stringifyJson } from "../json/index.ts";
import type { Logger } from "../log/index.ts";
import { trackAllowedMethods } from "./allowedMethods.ts";
import { limits } from "./limits.ts";
import { inPieces } from "./pieces.ts";
import { headersOf, refuseResponse, refuseSocket, toKnownError } from "./refusals.ts";

export type HttpService = FastifyInstance;

export interface HttpServiceOptions {
  readonly logger: Logger;
  readonly bodyLimitBytes?: number;
  /** Addresses of reverse proxies, also as CIDR ranges, whose `X-Forwarded-For` is believed; default none. */
  readonly proxies?: readonly string[];
  /** Makes the server that the routes hang on. */
  readonly createServer: (handler: RequestListener) => Server | HttpsServer;
}

/**
 * An HTTP service with our manners: JSON in without losing digits, JSON out with integers as decimal strings, every
 * refusal a problem document (RFC 9457) of the closed set, no stack trace, no echo of input. `close` finishes the
 * requests in progress, answers new ones on open connections with `overloaded`, and cuts what is left at the drain limit.
 */
export function createHttpService(options: HttpServiceOptions): HttpService {
  const bodyLimit = options.bodyLimitBytes ?? limits.bodyBytes;
  const service = fastify({
    bodyLimit,
    trustProxy: options.proxies && options.proxies.length > 0 ? [...options.proxies] : false,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: limits.parameterLength },
    serverFactory: (handler) => {
      const server = options.createServer(handler as RequestListener);
      server.headersTimeout = limits.requestMs;
      server.requestTimeout = limits.requestMs;
      server.keepAliveTimeout = limits.keepAliveMs;
      return server;
    },
    clientErrorHandler: refuseSocket,
    frameworkErrors: (error, _request, reply) => refuseResponse(reply.raw, toKnownError(error, bodyLimit)),
  });
  const allowedMethods = trackAllowedMethods(service);
  speakJson(service);
  refuseWhileStopping(service);
  writeInPieces(service);
  service.setNotFoundHandler((request) => {
    const allowed = allowedMethods(request.url.split("?", 1)[0] ?? "");
    if (allowed.length > 0) throw new AttestorError("method_not_allowed", { allowed: allowed.join(", ") });
    throw new AttestorError("not_found", { what: "such path" });
  });
  service.setErrorHandler((error, _request, reply) => {
    const known = toKnownError(error, bodyLimit);
    if (known.code === "internal") options.logger.error({ err: error, stack: stackOf(error) }, "an unexpected fault");
    return reply.status(known.status).headers(headersOf(known)).send(toProblem(known));
  });
  return service;
}

function speakJson(service: HttpService): void {
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
}

function refuseWhileStopping(service: HttpService): void {
  let stopping = false;
  service.addHook("preClose", async () => {
    stopping = true;
    setTimeout(() => service.server.closeAllConnections(), limits.drainMs).unref();
  });
  service.addHook("onRequest", (_request, _reply, done) => {
    if (!stopping) return done();
    done(new AttestorError("overloaded", { reason: "this service is stopping", retryAfterSeconds: 5 }));
  });
  // A request that began before the stop must not leave its connection open behind it.
  service.addHook("onSend", (_request, reply, payload, done) => {
    if (stopping) reply.header("connection", "close");
    done(null, payload);
  });
}

function writeInPieces(service: HttpService): void {
  service.addHook("onSend", (_request, reply, payload, done) => {
    const pieces = typeof payload === "string" ? inPieces(payload) : undefined;
    if (!pieces) return done(null, payload);
    reply.header("content-length", pieces.bytes);
    done(null, pieces.stream);
  });
}

/** Where in our code a fault arose: file and line of each frame, without the message that may quote input. */
function stackOf(error: unknown): string[] {
  const frames = error instanceof Error ? (error.stack ?? "").split("\n") : [];
  return frames.filter((line) => /^\s+at /.test(line)).map((line) => line.trim());
}
