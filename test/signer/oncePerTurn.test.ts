import { expect, it } from "vitest";
import { oncePerTurn } from "../../signer/oncePerTurn.ts";

const turn = () => new Promise(setImmediate);

it("looks once in a turn of the event loop, and again in the next one", async () => {
  let looks = 0;
  const count = oncePerTurn(() => {
    looks += 1;
    return looks;
  });
  expect([count(), await Promise.resolve().then(count)]).toEqual([1, 1]);
  await turn();
  expect([count(), count()]).toEqual([2, 2]);
});

it("throws what it met to everybody who asks in that turn, and to nobody later", async () => {
  let isBroken = true;
  const look = oncePerTurn(() => {
    if (isBroken) throw new RangeError("no");
    return "seen";
  });
  expect(look).toThrow("no");
  isBroken = false;
  expect(look).toThrow("no");
  await turn();
  expect(look()).toBe("seen");
});
