import { type ServerResponse, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { AttestorError, problemMediaType, toProblem } from "../errors/index.ts";
import { stringifyJson } from "../json/index.ts";
import { limits } from "./limits.ts";

/** Turns whatever a handler or Fastify threw into an error of the closed set; what it cannot place becomes `internal`. */
export function toKnownError(error: unknown, limitBytes: number): AttestorError {
  if (error instanceof AttestorError) return error;
  const { code, statusCode } = error as { code?: unknown; statusCode?: unknown };
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") return new AttestorError("body_too_large", { limitBytes });
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE" || code === "FST_ERR_CTP_EMPTY_TYPE") {
    return new AttestorError("unsupported_media_type", { expected: "application/json" });
  }
  if (code === "FST_ERR_BAD_URL") {
    return new AttestorError("invalid_field", { field: "path", reason: "is not a valid URL path" });
  }
  if (code === "FST_ERR_MAX_PARAM_LENGTH") {
    return new AttestorError("invalid_field", { field: "path", reason: "has a part that is too long" });
  }
  if (statusCode === 400) return new AttestorError("malformed_json", { reason: "it is empty or cut short" });
  return new AttestorError("internal", { reason: "see the log" });
}

/** The headers that go with a refusal. */
export function headersOf(error: AttestorError): Record<string, string> {
  const headers: Record<string, string> = { "content-type": problemMediaType };
  const wait = "retryAfterSeconds" in error.data ? error.data.retryAfterSeconds : error.status === 503 ? 1 : undefined;
  if (wait !== undefined) headers["retry-after"] = String(wait);
  if ("allowed" in error.data) headers.allow = error.data.allowed;
  return headers;
}

/** Answers a request that came to no route, so that no rate counted it: its connection ends. */
export function refuseResponse(response: ServerResponse, error: AttestorError): void {
  const body = stringifyJson(toProblem(error));
  const headers = { ...headersOf(error), "content-length": Buffer.byteLength(body), connection: "close" };
  response.writeHead(error.status, headers).end(body);
}

/** Answers a connection on which no request could be read, and closes it. */
export function refuseSocket(fault: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const error =
    fault.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? new AttestorError("request_timeout", { seconds: limits.requestMs / 1_000 })
      : new AttestorError("invalid_field", { field: "request", reason: "is not valid HTTP/1.1" });
  closeWith(error, socket);
}

/**
 * Sends the problem document past any HTTP parser and closes. What the client still sends is read and dropped for a
 * moment, because a reset would take the answer away from it; then the socket goes, whether or not the client closes.
 */
export function closeWith(error: AttestorError, socket: Socket): void {
  const body = stringifyJson(toProblem(error));
  const headers = { ...headersOf(error), "content-length": Buffer.byteLength(body), connection: "close" };
  const lines = Object.entries(headers).map(([key, value]) => `${key}: ${value}\r\n`);
  socket.on("error", () => socket.destroy());
  socket.resume();
  socket.end(`HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? ""}\r\n${lines.join("")}\r\n${body}`);
  setTimeout(() => socket.destroy(), limits.lingerMs).unref();
}
