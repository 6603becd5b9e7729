// A process of its own that opens a store and does what the service does all the time: node probe.ts FILE. Prints JSON.
import { openStore, packetStates } from "../../../chain/store/index.ts";
import { firstTime } from "./history.ts";
import { collectors, key } from "./samples.ts";

export interface Probe {
  readonly packets: number;
  /** From opening the file to the first answers, as a start needs them, in milliseconds. */
  readonly startMs: number;
  /** The query for packets that are due next, and a whole round of every query for work, median in milliseconds. */
  readonly dueMs: number;
  readonly roundMs: number;
  readonly memoryMb: number;
}

const [file = ""] = process.argv.slice(2);
const started = performance.now();
const store = openStore(file, collectors);
const count = store.work.counts(key).packets;
store.work.overdue(key, 1_000);
const startMs = performance.now() - started;

const latest = firstTime + 100_000_000;
const due = () => store.work.finalSince(key, latest, 1);
const round = () => {
  store.work.observedUpTo(key, 1_000_000_000, 200);
  store.work.instantSince(key, latest, 200);
  store.work.ready(key, ["screened", "held"], Date.now(), 64);
  store.work.nextTryAt(key, ["due", "screened", "held"]);
  store.work.unconfirmed(key, Date.now(), 1);
  store.outbox.ready("main", Date.now(), 64);
  store.outbox.nextTryAt("main");
  store.work.counts(key);
};
const probe: Probe = {
  packets: packetStates.reduce((sum, state) => sum + count[state], 0),
  startMs,
  dueMs: median(due),
  roundMs: median(round),
  memoryMb: process.memoryUsage().rss / 1_000_000,
};
store.close();
process.stdout.write(`${JSON.stringify(probe)}\n`);

function median(work: () => unknown): number {
  const times = Array.from({ length: 101 }, () => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return times.sort((a, b) => a - b)[50] ?? 0;
}
