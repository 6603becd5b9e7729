import { packetSummary } from "./answers.ts";
import type { Registry, RouteFilter } from "./registry.ts";
import type { Store } from "./store/index.ts";
import { type TallyStatus, tally } from "./tally.ts";

/** Most records that one page looks at, so that a rare status cannot make one request read the whole store. */
const mostRecordsRead = 500;
/** Records read at once when a status is searched for. */
const searchLength = 100;

export interface ListRequest {
  readonly filter: RouteFilter;
  readonly status: TallyStatus | undefined;
  readonly limit: number;
  /** Position after which to go on; 0 for the start. */
  readonly after: number;
}

export interface PacketList {
  readonly packets: readonly Record<string, unknown>[];
  /** What to give as `after` for the next page; null when this was the last. */
  readonly next: string | null;
}

/**
 * One page of packets in the order of arrival. Status depends on today's registry, so it is computed, not stored; a page
 * ends early when it has looked at many packets of another status.
 */
export async function listPackets(registry: Registry, store: Store, request: ListRequest): Promise<PacketList> {
  const { filter, status, limit } = request;
  const packets: Record<string, unknown>[] = [];
  const routes = registry.routesThat(filter);
  if (routes.length === 0) return { packets, next: null };
  let after = request.after;
  const batchLength = status === undefined ? limit : Math.max(limit, searchLength);
  for (let read = 0; read < mostRecordsRead; read += batchLength) {
    const batch = await store.list(routes, after, batchLength);
    for (const record of batch) {
      after = record.position;
      const route = registry.route(record.id);
      const counted = route && tally(route, record);
      if (counted && (status === undefined || status === counted.status)) packets.push(packetSummary(route, counted));
      if (packets.length === limit) return { packets, next: `${after}` };
    }
    if (batch.length < batchLength) return { packets, next: null };
  }
  return { packets, next: `${after}` };
}
