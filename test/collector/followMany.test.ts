import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, it, vi } from "vitest";
import { createFeed, createFollowers, createSlots } from "../../collector/follow/index.ts";
import { createRegistry } from "../../collector/registry.ts";
import type { Store, StoredEvent } from "../../collector/store/index.ts";

afterEach(() => void vi.restoreAllMocks());

const events = 20_000;

/** A store with a long history of one deployment, which counts what it is asked. */
function longHistory() {
  const asked = { pages: 0, packets: 0 };
  const listeners = new Set<() => void>();
  const store: Pick<Store, "newestEvent" | "events" | "find" | "onStored"> = {
    newestEvent: async () => events,
    async events(after, limit): Promise<StoredEvent[]> {
      asked.pages += 1;
      const length = Math.min(limit, events - after);
      return Array.from({ length }, (_, index) => ({
        number: after + 1 + index,
        id: { deployment: "alpha", source: 1n, destination: 2n, sequence: BigInt(after + index) },
        signer: "0x0",
      }));
    },
    async find() {
      asked.packets += 1;
      return [];
    },
    onStored(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const registry = createRegistry({
    clients: [],
    registry: [{ deployment: "alpha", source: { chainId: 1n }, destination: { chainId: 2n } } as never],
  });
  const tell = () => {
    for (const listener of listeners) listener();
  };
  return { feed: createFeed({ registry, store: store as Store }), asked, tell };
}

it("a long history of others is passed over without reading a packet, and others get their turn after each page", async () => {
  const { feed, asked } = longHistory();
  await feed.after(events, {});
  let turns = 0;
  let isOver = false;
  const counting = (async () => {
    for (; !isOver; turns += 1) await nextTurn();
  })();
  const before = asked.pages;
  await Promise.all(
    [1, 2, 3].map(async () => {
      for (let position = 0; position < events; ) ({ position } = await feed.after(position, { deployment: "beta" }));
    }),
  );
  isOver = true;
  await counting;
  expect(asked.pages - before).toBeGreaterThanOrEqual((3 * events) / 100);
  expect(turns).toBeGreaterThanOrEqual((3 * events) / 100);
  expect(asked.packets).toBe(0);
});

it("a reader who follows for long costs no more memory than one who has just come", async () => {
  const { feed, tell } = longHistory();
  const followers = createFollowers({ feed, instance: "0".repeat(32), slots: createSlots({ most: 1, mostEach: 1 }) });
  const server = createServer((_request, response) => void followers.follow(response, "reader", {}, undefined));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const leave = new AbortController();
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { signal: leave.signal });
  const listening = vi.spyOn(EventTarget.prototype, "addEventListener");
  for (let stored = 0; stored < 50; stored += 1) {
    tell();
    await nextTurn();
    await nextTurn();
  }
  const kept = listening.mock.calls.filter(([type]) => type === "abort").length;
  leave.abort();
  followers.close();
  server.close();
  expect(kept).toBeLessThan(5);
});
