import { createServer } from "node:http";
import { z } from "zod";
import { AttestorError } from "../../shared/errors/index.ts";
import { createHttpService, type HttpService } from "../../shared/http/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { formatPacketId } from "../../shared/packet/index.ts";
import { check, name, unsigned } from "../../shared/schema/index.ts";
import type { Rescans } from "../pipeline/rescans.ts";
import { packetStates, type Store, type StoredPacket } from "../store/index.ts";
import type { Backups } from "./backups.ts";
import { packetDetail, packetLine, requestLine } from "./packetView.ts";
import { rescanView } from "./rescanView.ts";
import type { ChainServiceStatus } from "./status.ts";

const listQuery = z.strictObject({
  state: z.enum(packetStates).optional(),
  retrying: z.literal("true").optional(),
  limit: z
    .string()
    .regex(/^[1-9][0-9]{0,2}$|^1000$/, { error: "must be a whole number from 1 to 1000" })
    .default("100")
    .transform(Number),
});
const packetPath = z.strictObject({ source: unsigned(128), destination: unsigned(128), sequence: unsigned(128) });
const packetQuery = z.strictObject({ deployment: name.optional() });
const resumeQuery = z.strictObject({ accept: z.enum(["change", "nothing"]).default("nothing") });
const heightText = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,14})$/, { error: "must be a block number" })
  .transform(Number);
const rescanQuery = z
  .strictObject({ route: name, from: heightText, to: heightText })
  .refine(({ from, to }) => from <= to, { path: ["to"], error: "must not be below from" });
const backupQuery = z.strictObject({
  to: z
    .string()
    .max(4_096)
    .regex(/^\/.*[^/]$/, { error: "must be the absolute path of a file" }),
});
const routePath = z.strictObject({ name });

/** What the operator's commands need of the service. */
export interface ControlSources {
  readonly store: Store;
  readonly status: () => ChainServiceStatus;
  /** Takes a refused packet back to `final`. @throws AttestorError `conflict` if it is not one that can be. */
  readonly retry: (packet: StoredPacket) => void;
  readonly rescans: Rescans;
  readonly backups: Backups;
  /** Lets a stopped route go on. @throws AttestorError `not_found`, `conflict`. */
  readonly resume: (route: string) => void;
  /** Lets a stopped chain go on. @throws AttestorError `not_found`, `conflict`. */
  readonly resumeChain: (chain: string, acceptChange: boolean) => void;
  readonly logger: Logger;
}

/** The operator's door: HTTP and JSON over a Unix socket that only the service's own user can open. */
export function createControlService(sources: ControlSources): HttpService {
  const { store, logger } = sources;
  const service = createHttpService({ logger, createServer: (handler) => createServer(handler) });

  const find = (path: unknown, query: unknown): StoredPacket => {
    const id = check(packetPath, path, "path");
    const { deployment } = check(packetQuery, query, "query");
    const found = store.work
      .withId(`${id.source}`, `${id.destination}`, `${id.sequence}`)
      .filter(({ key }) => deployment === undefined || key.deployment === deployment);
    const [packet] = found;
    if (!packet)
      throw new AttestorError("not_found", { what: `packet ${formatPacketId(id)} in this service's database` });
    if (found.length === 1) return packet;
    throw new AttestorError("ambiguous_deployment", { deployments: found.map(({ key }) => key.deployment) });
  };

  service.get("/v1/status", () => sources.status());
  service.get("/v1/packets", (request) => {
    const { state, retrying, limit } = check(listQuery, request.query, "query");
    const packets = store.work.list({ ...(state && { state }), retrying: retrying !== undefined, limit });
    const wanted = state === undefined || state === "requested" ? store.requests.list(limit) : [];
    const requests = wanted.filter(({ attempts }) => retrying === undefined || attempts > 0);
    const lines = [...requests.map(requestLine), ...packets.map((packet) => packetLine(packet, store))];
    return { packets: lines.slice(0, limit) };
  });
  service.get("/v1/packets/:source/:destination/:sequence", (request) =>
    packetDetail(find(request.params, request.query), store),
  );
  service.post("/v1/packets/:source/:destination/:sequence/retry", (request) => {
    const packet = find(request.params, request.query);
    sources.retry(packet);
    return packetDetail(find(request.params, { deployment: packet.key.deployment }), store);
  });
  service.post("/v1/rescan", (request) => {
    const job = check(rescanQuery, request.query, "query");
    sources.rescans.request(job);
    logger.warn({ audit: true, ...job }, "an operator has blocks read again");
    return { running: true };
  });
  service.get("/v1/rescan", () => rescanView(sources.rescans.state()));
  service.post("/v1/backup", (request) => {
    const { to } = check(backupQuery, request.query, "query");
    sources.backups.request(to);
    logger.warn({ audit: true, to }, "an operator has the database copied");
    return { running: true };
  });
  service.get("/v1/backup", () => {
    const { running, last } = sources.backups.state();
    return { running, last: last ? { ...last, finishedAt: new Date(last.finishedAt).toISOString() } : null };
  });
  service.post("/v1/routes/:name/resume", (request) => {
    sources.resume(check(routePath, request.params, "path").name);
    return { resumed: true };
  });
  service.post("/v1/chains/:name/resume", (request) => {
    const { accept } = check(resumeQuery, request.query, "query");
    sources.resumeChain(check(routePath, request.params, "path").name, accept === "change");
    return { resumed: true };
  });
  return service;
}
