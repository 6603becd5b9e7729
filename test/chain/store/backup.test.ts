import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openStore } from "../../../chain/store/index.ts";
import { bringTo, collectors, key, newStore, observation, stored } from "./samples.ts";

const never = new AbortController().signal;

function storeWith(count: number) {
  const opened = newStore();
  const many = Array.from({ length: count }, (_, index) => observation(BigInt(index + 1)));
  opened.store.recordRange(key, many, undefined, 1);
  return { ...opened, target: path.join(path.dirname(opened.file), "copy.sqlite") };
}

describe("a backup", () => {
  it("is one file for its owner alone that opens as the same database", async () => {
    const { store, target } = storeWith(20);
    bringTo(store, 7n, "signed");
    await store.backUp(target, never);
    expect(statSync(target).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(target)).filter((name) => name.startsWith("copy"))).toEqual(["copy.sqlite"]);
    const copy = openStore(target, collectors);
    expect(stored(copy, 7n)).toEqual(stored(store, 7n));
    expect(copy.work.counts(key)).toEqual(store.work.counts(key));
    copy.close();
    store.close();
  });

  it("holds what was written while it was made", async () => {
    const { store, target } = storeWith(1_500);
    const made = store.backUp(target, never);
    let writes = 0;
    for (let done = false; !done; ) {
      done = await Promise.race([made.then(() => true), new Promise<false>((resolve) => setImmediate(resolve, false))]);
      if (writes === 50) continue;
      writes += 1;
      bringTo(store, BigInt(writes), "signed");
    }
    store.close();
    const copy = openStore(target, collectors);
    const { packets } = copy.work.counts(key);
    expect(packets.signed + packets.observed).toBe(1_500);
    expect(packets.signed).toBeGreaterThan(0);
    copy.close();
  });

  it("never replaces a file", async () => {
    const { store, target } = storeWith(1);
    writeFileSync(target, "something else");
    await expect(store.backUp(target, never)).rejects.toMatchObject({ code: "database_exists" });
    expect(readFileSync(target, "utf8")).toBe("something else");
    store.close();
  });

  it("leaves nothing where it cannot be written or is broken off", async () => {
    const { store, target } = storeWith(1_500);
    await expect(store.backUp("/nowhere/at/all", never)).rejects.toMatchObject({ code: "database_unusable" });
    const stop = new AbortController();
    const made = store.backUp(target, stop.signal);
    stop.abort();
    await expect(made).rejects.toMatchObject({ code: "database_unusable" });
    expect(existsSync(target) || existsSync(`${target}.partial`)).toBe(false);
    store.close();
  });
});
