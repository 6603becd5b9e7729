import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createBoard } from "../../../chain/board.ts";
import { createChainMetrics } from "../../../chain/metrics.ts";
import { finalize } from "../../../chain/pipeline/finalize.ts";
import { observe } from "../../../chain/pipeline/observe.ts";
import { rescanRoute } from "../../../chain/pipeline/rescan.ts";
import type { RouteContext } from "../../../chain/pipeline/routeContext.ts";
import type { Block, PacketSource, Sighting } from "../../../chain/source/index.ts";
import type { Store } from "../../../chain/store/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { key, newStore, observation, stored } from "../store/samples.ts";

const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
const readAt = 1_800_000_000;
/** Block 100 is where the packet is; blocks are an hour apart. */
const blockAt = (height: number): Block => ({
  height,
  hash: `0xb${height}`,
  parentHash: `0xb${height - 1}`,
  timestamp: readAt + (height - 100) * 3_600,
});
const original = observation(1n, { block: blockAt(100) });

let store: Store;
beforeEach(() => {
  ({ store } = newStore());
  store.chains.keep("1", [98, 99, 100].map(blockAt));
  const { hash, timestamp } = blockAt(100);
  store.recordRange(key, [original], { height: 100, hash, timestamp, counter: 1n }, readAt * 1_000);
});
afterEach(() => store.close());

/** A route whose providers all say what the test wants. */
function route(told: {
  readonly block?: (height: number) => Block;
  readonly events?: readonly Sighting[];
}): RouteContext {
  const { block = blockAt, events = [] } = told;
  const chain = { name: "alpha", chainId: 1n, family: "evm", maximumRange: 1_000, providers: [{ label: "one" }] };
  const source: Partial<PacketSource> = {
    counterAt: async (height) => BigInt(events.filter((event) => event.block.height <= height).length),
    dispatchedIn: async () => [...events],
  };
  return {
    route: {
      name: "there",
      startHeight: 0,
      scheme: "verulink-evm",
      source: { chain },
      destination: { chain: { ...chain, chainId: 2n } },
    },
    key,
    subject: "route there",
    store,
    sourceChain: { block: async (height: number) => block(height), providers: () => [] },
    source,
    progress: { counter: undefined, gaps: [], sourceChecked: true, targetChecked: true, mismatch: undefined },
    clock: { now: () => readAt * 1_000 },
    logger,
    board: createBoard(logger),
    metrics: createChainMetrics(),
  } as unknown as RouteContext;
}

describe("a packet of blocks that were read, for which a quorum", () => {
  test("serves another block before it is taken for final, stops the chain instead of being given up", async () => {
    const other = (height: number) => ({ ...blockAt(height), ...(height === 100 && { hash: "0xbad" }) });
    await finalize(route({ block: other }), blockAt(100)).catch(() => {});
    expect(store.chains.stopReason("1")).toBe(
      "change below finality: block 100 has another hash than when it became final",
    );
    expect(stored(store, 1n).state).toBe("observed");

    store.chains.resume("1", false, readAt * 1_000);
    await finalize(route({}), blockAt(100));
    expect(stored(store, 1n).state).toBe("final");
  });

  test("shows it with other content in a block so old that it need not wait, stops the route", async () => {
    const events = [observation(1n, { block: blockAt(100 - 48), amount: 999n }).sighting];
    const differences = await rescanRoute(route({ events }), { from: 0, to: 100 }, new AbortController().signal);
    expect(differences).toMatchObject([{ kind: "changed", sequence: 1n }]);
    expect(store.routes.stopReason(key)).toMatch(/change below finality: it is in another block or has other content/);
    expect(stored(store, 1n)).toMatchObject({ state: "observed", sighting: { block: { height: 100 } } });
  });
});

describe("final blocks that do not go on beyond the ones that were read", () => {
  const observedWith = (final: Block) => observe(route({}), { final, latest: { height: final.height } });

  test("are named as what they are, with the time that they had", async () => {
    for (const height of [100, 99]) expect(await observedWith(blockAt(height))).toBe(false);
    expect(store.routes.stopReason(key)).toBeUndefined();
  });

  test.each([100, 99])(
    "and grow younger nevertheless stop the route: their age would hide that they stand (%i)",
    async (height) => {
      await observedWith({ ...blockAt(height), timestamp: readAt + 12 });
      expect(store.routes.stopReason(key)).toBe(
        `block ${height} is dated after block 100 as that was read, which is no older`,
      );
    },
  );
});

test("a block that was read with a time that it does not have stops the chain, and a person gets beyond it", async () => {
  const { hash } = blockAt(100);
  const lied = { height: 100, hash, timestamp: readAt + 31_536_000, counter: 1n };
  store.recordRange(key, [], lied, readAt * 1_000);
  const next = { final: blockAt(102), latest: { height: 102 } };
  const honest = route({ events: [original.sighting] });
  expect(await observe(honest, next)).toBe(false);
  expect(store.chains.stopReason("1")).toBe("change below finality: block 100 has another time than when it was read");
  store.chains.resume("1", true, readAt * 1_000);
  const beyond = route({ events: [] });
  await observe({ ...beyond, source: { ...beyond.source, counterAt: async () => 1n } }, next);
  expect(store.routes.stopReason(key)).toBeUndefined();
  expect(store.routes.cursor(key)).toMatchObject({ height: 102, timestamp: blockAt(102).timestamp });
});

test("a packet stands for a number that the contract counted later only once its own block has become final", async () => {
  const gone = observation(2n, { block: { ...blockAt(101), hash: "0xgone" } });
  const { hash, timestamp } = blockAt(102);
  store.recordRange(key, [gone], { height: 102, hash, timestamp, counter: 1n }, readAt * 1_000);
  const heads = { final: blockAt(104), latest: { height: 104 } };
  const silent = route({});
  const hiding = {
    ...silent,
    source: { ...silent.source, counterAt: async (height: number) => (height < 103 ? 1n : 2n) },
  };

  await observe(hiding, heads);
  expect(store.routes.cursor(key)?.height).toBe(102);
  expect(store.routes.gaps(key)).toMatchObject([{ from: 2n, to: 2n }]);
  await finalize(hiding, heads.final);
  expect(stored(store, 2n).state).toBe("orphaned");
  await observe(hiding, heads);
  expect(store.routes.cursor(key)?.height).toBe(102);

  const sighting = observation(2n, { block: blockAt(103) }).sighting;
  const shown = { ...hiding, source: { ...hiding.source, dispatchedIn: async () => [sighting] } };
  await observe(shown, heads);
  expect(store.routes.cursor(key)).toMatchObject({ height: 104, counter: 2n });
});

test("a packet of a block that was replaced above finality is orphaned, as ever", async () => {
  const later = observation(2n, { block: { ...blockAt(101), hash: "0xgone" } });
  store.recordRange(key, [later], undefined, readAt * 1_000);
  store.chains.keep("1", [blockAt(101)]);
  await finalize(route({}), blockAt(101));
  expect(stored(store, 2n).state).toBe("orphaned");
  expect(store.chains.stopReason("1")).toBeUndefined();
});
