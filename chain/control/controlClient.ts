import { request } from "node:http";
import path from "node:path";
import { AttestorError, faultName } from "../../shared/errors/index.ts";
import { parseJson } from "../../shared/json/index.ts";

/** What the service answered: HTTP status and body as lossless JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: unknown;
}

const timeoutMs = 10_000;

/** Path of the control socket in a chain-service's state folder. */
export function controlSocket(stateFolder: string): string {
  return path.join(stateFolder, "control.sock");
}

/**
 * Asks a running chain-service over its control socket.
 *
 * @throws AttestorError `peer_unreachable`, also where the socket belongs to another user.
 */
export async function controlRequest(stateFolder: string, method: "GET" | "POST", url: string): Promise<ControlAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<ControlAnswer>();
  const signal = AbortSignal.timeout(timeoutMs);
  const outgoing = request({ socketPath: controlSocket(stateFolder), path: url, method, signal }, (incoming) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", reject);
    incoming.on("end", () => {
      try {
        resolve({ status: incoming.statusCode ?? 0, body: parseJson(Buffer.concat(chunks).toString("utf8")) });
      } catch (error) {
        reject(error);
      }
    });
  });
  outgoing.on("error", reject);
  outgoing.end();
  try {
    return await promise;
  } catch (error) {
    const reason = signal.aborted ? "time-out" : socketFault(faultName(error));
    throw new AttestorError("peer_unreachable", { peer: "chain-service", reason });
  }
}

/** What a person can do about a socket that lets nobody in. */
function socketFault(code: string): string {
  if (code === "ENOENT" || code === "ECONNREFUSED") return `${code}: it does not run, or keeps its state elsewhere`;
  return code === "EACCES" ? `${code}: run this as the service's own user` : code;
}
