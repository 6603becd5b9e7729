import { setImmediate as nextTurn } from "node:timers/promises";
import { packetSummary } from "../answers.ts";
import { fitsRoute, type Registry, type RouteFilter } from "../registry.ts";
import type { Store, StoredEvent } from "../store/index.ts";
import { tally } from "../tally.ts";

/** Something that was stored, as readers see it: who signed, and where the packet stands since. */
export interface FeedEvent {
  readonly number: number;
  readonly deployment: string;
  readonly source: bigint;
  readonly destination: bigint;
  /** Plain data for `stringifyJson`. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** What a follower has to be sent, and from where on it asks next time. */
export interface FeedPage {
  readonly events: readonly FeedEvent[];
  readonly position: number;
}

export interface Feed {
  /** Number of the newest event. */
  newest(): Promise<number>;
  /** What came after a position; no events if nothing did. */
  after(position: number, filter: RouteFilter): Promise<FeedPage>;
  /** Calls back when there may be something new. @returns what ends that. */
  onNews(listener: () => void): () => void;
}

/** Events kept in memory: followers who keep up cost the store one read for all of them. */
const kept = 1_000;
/** Events read at once. */
const pageLength = 100;

export function createFeed({ registry, store }: { registry: Registry; store: Store }): Feed {
  /** Everything after `start` and up to `end` is in `recent`. */
  let recent: FeedEvent[] = [];
  let start: number | undefined;
  let end = 0;
  let filling: Promise<void> | undefined;
  let turn = Promise.resolve();

  async function fill(): Promise<void> {
    if (start === undefined) {
      end = await store.newestEvent();
      start = end;
    }
    for (;;) {
      const stored = await store.events(end, pageLength);
      if (stored.length === 0) return;
      recent.push(...(await describe(registry, store, stored)));
      end = stored.at(-1)?.number ?? end;
      const surplus = recent.length - kept;
      if (surplus > 0) {
        start = recent[surplus - 1]?.number ?? start;
        recent = recent.slice(surplus);
      }
    }
  }

  function filled(): Promise<void> {
    filling ??= fill().finally(() => {
      filling = undefined;
    });
    return filling;
  }

  /**
   * Old pages are read one after the other, whoever wants them, and a turn of the event loop comes between two: a database in
   * this process answers at once, so that readers of a long history would else keep everybody else from being served.
   */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.then(
      () => nextTurn(),
      () => nextTurn(),
    );
    return mine;
  }

  async function oldPage(position: number, filter: RouteFilter): Promise<FeedPage> {
    const stored = await store.events(position, pageLength);
    const wanted = stored.filter(({ id }) => fitsRoute(id, filter));
    return { events: await describe(registry, store, wanted), position: stored.at(-1)?.number ?? position };
  }

  return {
    newest: () => store.newestEvent(),
    async after(position, filter) {
      await filled();
      if (position >= (start ?? 0)) {
        const events = recent.filter((event) => event.number > position && fitsRoute(event, filter));
        return { events, position: Math.max(position, end) };
      }
      return inTurn(() => oldPage(position, filter));
    },
    onNews: (listener) => store.onStored(listener),
  };
}

/** Leaves out packets whose content nobody handed in yet, and routes that the registry does not have. */
async function describe(registry: Registry, store: Store, stored: readonly StoredEvent[]): Promise<FeedEvent[]> {
  const described = await Promise.all(
    stored.map(async ({ number, id, signer }) => {
      const route = registry.route(id);
      const [record] = route ? await store.find(id, id.deployment) : [];
      const counted = route && record && tally(route, record);
      if (!counted) return [];
      const { deployment, source, destination } = id;
      return [
        { number, deployment, source, destination, data: { attestor: signer, ...packetSummary(route, counted) } },
      ];
    }),
  );
  return described.flat();
}
