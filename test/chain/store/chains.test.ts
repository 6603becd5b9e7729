import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore, type Store } from "../../../chain/store/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

let file: string;
let store: Store;
beforeEach(() => {
  file = path.join(temporaryFolder(), "chain.sqlite");
  store = openStore(file, []);
});
afterEach(() => store.close());

const hash = (height: number) => `0x${height}`;
const blocks = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const height = from + index;
    return { height, hash: hash(height), parentHash: hash(height - 1) };
  });

describe("final blocks", () => {
  test("are kept by chain, the newest on top", () => {
    store.chains.keep("1", blocks(10, 12));
    store.chains.keep("2", blocks(5, 5));
    expect(store.chains.lastFinal("1")).toEqual({ height: 12, hash: "0x12", parentHash: "0x11" });
    expect(store.chains.finalAt("1", 10)?.hash).toBe("0x10");
    expect(store.chains.finalAt("2", 10)).toBeUndefined();
    expect(store.chains.lastFinal("3")).toBeUndefined();
  });

  test("are children of those below, and none of a list is kept if one is not", () => {
    store.chains.keep("1", blocks(10, 10));
    const foreign = [...blocks(11, 11), { height: 12, hash: "0x12", parentHash: "0x66" }];
    expect(() => store.chains.keep("1", foreign)).toThrow("the child of the one below");
    expect(store.chains.lastFinal("1")?.height).toBe(10);
  });

  test("may follow a gap", () => {
    store.chains.keep("1", blocks(10, 10));
    store.chains.keep("1", blocks(5_000, 5_000));
    expect(store.chains.lastFinal("1")?.height).toBe(5_000);
    expect(store.chains.finalAt("1", 10)).toBeUndefined();
  });

  test("of long ago are forgotten", () => {
    store.chains.keep("1", blocks(1, 5_000));
    expect(store.chains.finalAt("1", 904)).toBeUndefined();
    expect(store.chains.finalAt("1", 905)?.hash).toBe("0x905");
  });
});

describe("a stopped chain", () => {
  test("stays so, with its first reason, over restarts", () => {
    expect(store.chains.stop("1", "first", { kept: 1 }, 5)).toBe(true);
    expect(store.chains.stop("1", "second", {}, 6)).toBe(false);
    store.close();
    store = openStore(file, []);
    expect(store.chains.stopReason("1")).toBe("first");
    expect(store.chains.stopReason("2")).toBeUndefined();
  });

  test("goes on when it is resumed, and can be stopped again", () => {
    store.chains.keep("1", blocks(10, 12));
    store.chains.stop("1", "first", {}, 5);
    expect(store.chains.resume("1", false, 6)).toBe(true);
    expect(store.chains.resume("1", false, 6)).toBe(false);
    expect(store.chains.stopReason("1")).toBeUndefined();
    expect(store.chains.lastFinal("1")?.height).toBe(12);
    expect(store.chains.stop("1", "second", {}, 7)).toBe(true);
    expect(store.chains.stopReason("1")).toBe("second");
  });

  test("forgets the blocks that it was compared with only where a person says so, and how far it was read never", () => {
    const key = { deployment: "local", source: "1", destination: "2" };
    store.routes.open(key, { sourceBridge: "a", destinationBridge: "b" });
    store.recordRange(key, [], { height: 12, hash: hash(12), counter: 3n }, 1);
    store.chains.keep("1", blocks(10, 12));
    store.chains.keep("2", blocks(10, 12));
    store.chains.stop("1", "changed", {}, 5);
    store.chains.resume("1", true, 6);
    expect(store.chains.lastFinal("1")).toBeUndefined();
    expect(store.chains.lastFinal("2")?.height).toBe(12);
    expect(store.routes.cursor(key)).toEqual({ height: 12, hash: undefined, counter: 3n });
  });
});
