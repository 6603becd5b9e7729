import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { stringifyJson } from "../../shared/json/index.ts";
import type { RouteFilter } from "../registry.ts";
import type { Feed, FeedEvent } from "./feed.ts";
import type { Slots } from "./slots.ts";

/** A line is sent at least this often, so that proxies keep the connection and a dead one is noticed, in milliseconds. */
const heartbeat = 15_000;
/** How long a follower may take to read what was sent, in milliseconds. */
const patience = 30_000;
/** After which time a follower connects again, in milliseconds, as the stream tells it. */
const retryAfter = 2_000;

export interface Followers {
  /** How many there are. */
  readonly count: number;
  /**
   * Sends events as they come, until the follower leaves or the service stops.
   *
   * @param reader whose slot it takes.
   * @param lastEventId the `id` of the last event that the follower has seen; without one it starts now.
   * @throws AttestorError `overloaded` if there are too many, `failed`; before a byte is sent.
   */
  follow(response: ServerResponse, reader: string, filter: RouteFilter, lastEventId: string | undefined): Promise<void>;
  /** Ends every stream. */
  close(): void;
}

/**
 * Streams of server-sent events. An event's id is the store's name and the event's number: whoever comes back with one of
 * another store, which was put in place of that, starts at the beginning; so does who has seen more than there is, because an
 * older copy of the store was restored, which numbers again what came since.
 */
export function createFollowers({ feed, instance, slots }: { feed: Feed; instance: string; slots: Slots }): Followers {
  const open = new Set<AbortController>();
  const idOf = (number: number) => `${instance.slice(0, 8)}-${number}`;

  async function startOf(lastEventId: string | undefined): Promise<number> {
    if (lastEventId === undefined) return feed.newest();
    const [, store, number] = /^([0-9a-f]{8})-([0-9]{1,15})$/.exec(lastEventId) ?? [];
    const isOurs = store !== undefined && instance.startsWith(store) && Number(number) <= (await feed.newest());
    return isOurs ? Number(number) : 0;
  }

  async function run(response: ServerResponse, filter: RouteFilter, from: number, signal: AbortSignal) {
    let position = from;
    let wake = () => {};
    let isNew = true;
    // Once for all rounds: a listener for each would be kept for as long as the reader stays.
    signal.addEventListener("abort", () => wake(), { once: true });
    const stopNews = feed.onNews(() => {
      isNew = true;
      wake();
    });
    try {
      while (!signal.aborted) {
        isNew = false;
        const page = await feed.after(position, filter);
        for (const event of page.events) await send(response, eventText(event, idOf), signal);
        const moved = page.position > position;
        position = page.position;
        if (moved || isNew) continue;
        const woken = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), heartbeat);
          wake = () => {
            clearTimeout(timer);
            resolve(true);
          };
          if (isNew || signal.aborted) wake();
        });
        if (!woken) await send(response, ": still here\n\n", signal);
      }
    } finally {
      stopNews();
    }
  }

  return {
    get count() {
      return slots.taken;
    },
    async follow(response, reader, filter, lastEventId) {
      const giveBack = slots.take(reader);
      const ending = new AbortController();
      open.add(ending);
      response.on("close", () => ending.abort());
      try {
        const from = await startOf(lastEventId);
        response.writeHead(200, {
          "content-type": "text/event-stream",
          "cache-control": "no-store",
          "access-control-allow-origin": "*",
          "x-accel-buffering": "no",
          // nothing comes after the stream: a stopping service must not wait for this connection
          connection: "close",
        });
        await send(response, `retry: ${retryAfter}\n\n`, ending.signal);
        await run(response, filter, from, ending.signal);
      } catch (error) {
        if (!response.headersSent) throw error;
        // The follower left, or the store does not answer: it connects again and goes on where it was.
      } finally {
        open.delete(ending);
        giveBack();
        if (response.headersSent) response.end();
      }
    },
    close() {
      for (const ending of open) ending.abort();
    },
  };
}

function eventText({ number, data }: FeedEvent, idOf: (number: number) => string): string {
  return `id: ${idOf(number)}\nevent: attestation\ndata: ${stringifyJson(data)}\n\n`;
}

/** Waits while the follower is slow, and gives up on one that reads no more. */
async function send(response: ServerResponse, text: string, signal: AbortSignal): Promise<void> {
  if (signal.aborted || response.write(text)) return;
  await once(response, "drain", { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) });
}
