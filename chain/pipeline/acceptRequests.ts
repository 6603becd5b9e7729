import { AttestorError } from "../../shared/errors/index.ts";
import type { MissedRequest } from "../delivery/index.ts";
import type { DeliveryContext } from "./deliver.ts";
import type { RouteContext } from "./routeContext.ts";

/** Most requests that may be open on one route: whoever floods us with them gains no more than these searches. */
const mostOpen = 100;

/**
 * Fetches what a collector asks our attestors for. A packet that is attested is delivered there again; one that is stored
 * is on its way; any other becomes an intent, which passes every gate once it is found.
 *
 * @returns true if there is something to deliver.
 */
export async function acceptRequests(context: DeliveryContext, routes: readonly RouteContext[]): Promise<boolean> {
  let deliver = false;
  for (const attestor of new Set(routes.map(({ route }) => route.attestor))) {
    for (const request of await context.collector.requests(attestor)) {
      const asked = routes.find((candidate) => isAbout(candidate, attestor, request));
      if (asked && accept(context, asked, request)) deliver = true;
    }
  }
  return deliver;
}

function isAbout({ route, key }: RouteContext, attestor: string, request: MissedRequest): boolean {
  return (
    route.attestor === attestor &&
    key.source === `${request.source}` &&
    key.destination === `${request.destination}` &&
    (request.deployment === undefined || request.deployment === key.deployment)
  );
}

function accept({ collector }: DeliveryContext, asked: RouteContext, request: MissedRequest): boolean {
  const { store, key, clock, logger, progress, route } = asked;
  const { sequence, height } = request;
  const about = { route: route.name, sequence: `${sequence}`, collector: collector.name };
  const stored = store.packets.find(key, sequence);
  if (stored) return stored.attestation !== undefined && store.outbox.requeue(stored.id, collector.name, clock.now());
  const counter = progress.counter ?? store.routes.cursor(key)?.counter;
  if (counter === undefined) return false; // nothing has been read yet; the collector asks again
  if (sequence === 0n || sequence > counter) {
    logger.warn({ ...about, counter: `${counter}` }, "refused a request beyond the contract's counter");
    return false;
  }
  const outcome = store.requests.add(key, { sequence, hintHeight: height }, clock.now(), mostOpen);
  if (outcome === "added") logger.warn(about, "a packet is asked for that is not stored");
  if (outcome === "full") logger.warn({ ...about, most: mostOpen }, "refused a request: too many are open");
  return false;
}

/** As {@link acceptRequests}; a fault of the collector goes to the board. */
export async function pollRequests(context: DeliveryContext, routes: readonly RouteContext[]): Promise<boolean> {
  const report = (reason: string | undefined) =>
    context.board.report(`collector ${context.collector.name}`, "requests", reason);
  try {
    const deliver = await acceptRequests(context, routes);
    report(undefined);
    return deliver;
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    report(error.message);
    return false;
  }
}
