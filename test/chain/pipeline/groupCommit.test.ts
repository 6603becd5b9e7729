import { expect, test } from "vitest";
import { createGroupCommit } from "../../../chain/pipeline/groupCommit.ts";
import { attestation, bringTo, newStore, packet, stored } from "../store/samples.ts";

/** A store with packets 1 to 3 screened, and how many transactions were begun. */
function screened() {
  const { store } = newStore();
  const packets = [1n, 2n, 3n].map((sequence) => bringTo(store, sequence, "screened"));
  let begun = 0;
  const together = createGroupCommit({
    atomically(work) {
      begun += 1;
      return store.atomically(work);
    },
  });
  const sign = (index: number) => () => {
    const one = packets[index];
    if (one) store.recordSigned(one, attestation(packet(one.sighting.sequence)), 5);
  };
  const states = () => [1n, 2n, 3n].map((sequence) => stored(store, sequence).state);
  return { together, sign, states, begun: () => begun };
}

test("changes that come at about the same time share a transaction, and are made when it is told", async () => {
  const { together, sign, states, begun } = screened();
  const changes = [0, 1, 2].map((index) => together(sign(index)));
  expect(states()).toEqual(["screened", "screened", "screened"]);
  await Promise.all(changes);
  expect(states()).toEqual(["signed", "signed", "signed"]);
  expect(begun()).toBe(1);
});

test("one that fails is told so, and spoils no other", async () => {
  const { together, sign, states } = screened();
  const failing = () => {
    sign(1)();
    throw new Error("no room");
  };
  const results = await Promise.allSettled([together(sign(0)), together(failing), together(sign(2))]);
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(states()).toEqual(["signed", "screened", "signed"]);
});

test("what comes later has a transaction of its own", async () => {
  const { together, sign, begun } = screened();
  await together(sign(0));
  await together(sign(1));
  expect(begun()).toBe(2);
});
