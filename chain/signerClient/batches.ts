import type { AttestationRequest } from "../../shared/wire/index.ts";
import { settleGroup, type Waiting } from "../settleGroup.ts";

/** Most requests in one batch: a device that takes 75 ms for each signature still answers within a few seconds. */
export const mostTogether = 32;
/** Batches of one route that may be on their way at the same time. */
const batchesAtOnce = 4;

/** A request that was not sent, because nobody wanted it any more when its turn came. */
export class Withdrawn extends Error {
  override readonly name = "Withdrawn";
}

interface WaitingRequest<A> extends Waiting<A> {
  readonly request: AttestationRequest;
  readonly isWanted: () => boolean;
}

/**
 * Sends requests that come while others are on their way together, so that the signer can commit them together. One that
 * comes alone is sent at once. Each route has its own batches: one that is not answered keeps no other route waiting.
 *
 * @param send asks for one to {@link mostTogether} requests; an answer or an error for each, in their order.
 * @returns asks for one; `isWanted` is looked at when its turn to be sent comes, and a request that is not is rejected with
 * {@link Withdrawn}.
 */
export function batched<A>(
  send: (requests: readonly AttestationRequest[]) => Promise<readonly PromiseSettledResult<A>[]>,
): (request: AttestationRequest, isWanted?: () => boolean) => Promise<A> {
  const routes = new Map<string, { readonly waiting: WaitingRequest<A>[]; underWay: number }>();

  async function sendNext(name: string): Promise<void> {
    const route = routes.get(name);
    if (!route || route.underWay >= batchesAtOnce) return;
    const group = nextOf(route.waiting);
    if (group.length === 0) return;
    route.underWay += 1;
    await settleGroup(group, () => send(group.map(({ request }) => request)));
    route.underWay -= 1;
    void sendNext(name);
  }

  return (request, isWanted = () => true) => {
    const { promise, resolve, reject } = Promise.withResolvers<A>();
    const { deployment, packet } = request;
    const name = `${deployment} ${packet.source.chainId} ${packet.destination.chainId}`;
    const route = routes.get(name) ?? { waiting: [], underWay: 0 };
    routes.set(name, route);
    route.waiting.push({ request, isWanted, resolve, reject });
    void sendNext(name);
    return promise;
  };
}

/** Takes the next ones that are still wanted out of the queue, and rejects those before them that are not. */
function nextOf<A>(waiting: WaitingRequest<A>[]): WaitingRequest<A>[] {
  const group: WaitingRequest<A>[] = [];
  while (group.length < mostTogether) {
    const next = waiting.shift();
    if (!next) break;
    if (next.isWanted()) group.push(next);
    else next.reject(new Withdrawn());
  }
  return group;
}
