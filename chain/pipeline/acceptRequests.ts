import { AttestorError } from "../../shared/errors/index.ts";
import type { MissedRequest } from "../delivery/index.ts";
import { attestorOf, attestorsOf } from "../route.ts";
import type { DeliveryContext } from "./deliver.ts";
import type { Look } from "./lookAtCollector.ts";
import type { RouteContext } from "./routeContext.ts";

/** Most requests that may be open on one route: whoever floods us with them gains no more than these searches. */
const mostOpen = 100;

/**
 * Fetches what a collector asks our attestors for. A packet that is attested is delivered there again; one that is stored
 * is on its way; any other becomes an intent, which passes every gate once it is found.
 *
 * @returns whether there is something to deliver, and the first fault: a collector that knows one of our keys and not yet
 * the other is asked for both.
 */
export async function acceptRequests(context: DeliveryContext, routes: readonly RouteContext[]) {
  let deliver = false;
  let fault: unknown;
  const refused = createRefusals(context);
  for (const attestor of new Set(routes.flatMap(({ route }) => attestorsOf(route)))) {
    try {
      for (const request of await context.collector.requests(attestor)) {
        const asked = routes.find((candidate) => isAbout(candidate, attestor, request));
        if (asked && accept(context, asked, request, refused)) deliver = true;
      }
    } catch (error) {
      fault ??= error;
    }
  }
  refused.tell();
  return { deliver, fault };
}

/** A collector that knows nothing of activation sequences asks both keys for what belongs to one of them. */
function isAbout({ route, key }: RouteContext, attestor: string, request: MissedRequest): boolean {
  return (
    attestorOf(route, request.sequence) === attestor &&
    key.source === `${request.source}` &&
    key.destination === `${request.destination}` &&
    (request.deployment === undefined || request.deployment === key.deployment)
  );
}

function accept(
  { collector }: DeliveryContext,
  asked: RouteContext,
  request: MissedRequest,
  refused: Refusals,
): boolean {
  const { store, key, clock, logger, progress, route } = asked;
  const { sequence, height } = request;
  const about = { route: route.name, sequence: `${sequence}`, collector: collector.name };
  const stored = store.packets.find(key, sequence);
  if (stored) return stored.attestation !== undefined && store.outbox.requeue(stored.id, collector.name, clock.now());
  const counter = progress.counter ?? store.routes.cursor(key)?.counter;
  if (counter === undefined) return false; // nothing has been read yet; the collector asks again
  if (sequence === 0n || sequence > counter) {
    refused.add({ ...about, counter: `${counter}` }, "refused a request beyond the contract's counter");
    return false;
  }
  const outcome = store.requests.add(key, { sequence, hintHeight: height }, clock.now(), mostOpen);
  if (outcome === "added") logger.warn(about, "a packet is asked for that is not stored");
  if (outcome === "full") refused.add({ ...about, most: mostOpen }, "refused a request: too many are open");
  return false;
}

/** Requests of one look that were refused. */
interface Refusals {
  add(about: Readonly<Record<string, string | number>>, message: string): void;
  tell(): void;
}

/** Tells the first of each route and reason, and how many there are: a collector must not fill the log at each look. */
function createRefusals({ logger }: Pick<DeliveryContext, "logger">): Refusals {
  const refused = new Map<string, { readonly about: object; readonly message: string; count: number }>();
  return {
    add(about, message) {
      const key = `${about.route} ${message}`;
      const same = refused.get(key);
      if (same) same.count += 1;
      else refused.set(key, { about, message, count: 1 });
    },
    tell() {
      for (const { about, message, count } of refused.values()) logger.warn({ ...about, requests: count }, message);
    },
  };
}

/** As {@link acceptRequests}; a fault of the collector goes to the board. */
export async function pollRequests(context: DeliveryContext, routes: readonly RouteContext[]): Promise<Look> {
  const report = (reason: string | undefined) =>
    context.board.report(`collector ${context.collector.name}`, "requests", reason);
  const { deliver, fault } = await acceptRequests(context, routes);
  if (fault !== undefined && !(fault instanceof AttestorError)) throw fault;
  report(fault?.message);
  return { answered: fault === undefined, deliver };
}
