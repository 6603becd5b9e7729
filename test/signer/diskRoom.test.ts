import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { freeBytes, lackOfRoom, lookNowAndThen } from "../../signer/diskRoom.ts";

it("reads what the file system has free", () => {
  expect(freeBytes(tmpdir())).toBeGreaterThan(1_000_000);
});

it("fails closed where that cannot be read", () => {
  expect(lackOfRoom("/none", freeBytes)).toBe("how much disk is free where the ledger is cannot be told (ENOENT)");
});

it("looks again at once while room is lacking, and a quarter of a second later where there is enough", () => {
  let [nowMs, looks] = [0, 0];
  let lack: string | undefined = "no room";
  const look = lookNowAndThen(
    () => {
      looks += 1;
      return lack;
    },
    { now: () => nowMs },
  );
  expect([look(), look(), looks]).toEqual(["no room", "no room", 2]);
  lack = undefined;
  expect([look(), look(), looks]).toEqual([undefined, undefined, 3]);
  lack = "no room";
  nowMs = 249;
  expect(look()).toBeUndefined();
  nowMs = 250;
  expect(look()).toBe("no room");
});
