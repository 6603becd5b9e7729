import { AttestorError } from "../../shared/errors/index.ts";
import { faultBackOff, retryDelay } from "../backOff.ts";
import type { BlockRef } from "../source/index.ts";
import type { PacketRequest, Reason } from "../store/index.ts";
import { contradictionOf } from "./contradiction.ts";
import { firstHeight } from "./locate.ts";
import { observations } from "./observe.ts";
import { type RouteContext, stopRoute } from "./routeContext.ts";

const requestsPerRound = 4;

/**
 * Looks for requested packets in final blocks. What is found is stored as observed, from where it takes the way of every
 * other packet; nothing that the request said is used but the number, and the height as the first place to look.
 */
export async function findRequested(context: RouteContext, final: BlockRef): Promise<void> {
  const { store, key, clock } = context;
  for (const request of store.requests.ready(key, clock.now(), requestsPerRound)) {
    try {
      await find(context, request, final);
    } catch (error) {
      if (!(error instanceof AttestorError)) throw error;
      later(context, request, { code: error.code, text: error.message });
    }
  }
}

async function find(context: RouteContext, request: PacketRequest, final: BlockRef): Promise<void> {
  const { store, source, key, clock, logger, route } = context;
  const { sequence } = request;
  const height = await heightOf(context, request, final);
  if (height === undefined) {
    store.requests.take(key, sequence);
    logger.warn({ route: route.name, sequence: `${sequence}` }, "refused a request beyond the contract's counter");
    return;
  }
  const sighting = (await source.dispatchedIn(height, height)).find((each) => each.sequence === sequence);
  if (!sighting) {
    const text = `block ${height}, in which the contract counted it, shows no event of it`;
    later(context, request, { code: "event_missing", text });
    return;
  }
  const contradiction = contradictionOf(store.routes.cursor(key), sighting);
  if (contradiction !== undefined) {
    stopRoute(context, undefined, contradiction);
    later(context, request, { code: "packet_contradicted", text: contradiction });
    return;
  }
  store.recordRange(key, observations(context, [sighting]), undefined, clock.now());
  logger.info({ route: route.name, sequence: `${sequence}`, height }, "found a requested packet");
}

/** The block in which the contract's counter reached the number: the hint if that is right, else by bisection. */
async function heightOf(
  { source }: RouteContext,
  { sequence, hintHeight }: PacketRequest,
  final: BlockRef,
): Promise<number | undefined> {
  const counted = async (height: number) => height >= 0 && (await source.counterAt(height)) >= sequence;
  if (!(await counted(final.height))) return undefined;
  if (hintHeight !== undefined && hintHeight <= final.height) {
    if ((await counted(hintHeight)) && !(await counted(hintHeight - 1))) return hintHeight;
  }
  return firstHeight(counted, -1, final.height);
}

function later({ store, key, clock, logger, route }: RouteContext, request: PacketRequest, reason: Reason): void {
  const delay = retryDelay(faultBackOff, request.attempts, Math.random());
  store.requests.postpone(key, request.sequence, reason, clock.now() + delay);
  logger.info({ route: route.name, sequence: `${request.sequence}`, ...reason, delayMs: delay }, "will look again");
}
