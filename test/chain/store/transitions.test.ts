import Database from "better-sqlite3";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chainDatabase, type PacketState, packetStates, transitions } from "../../../chain/store/index.ts";
import { attestation, bringTo, key, newStore, observation, packet, stored, verdict } from "./samples.ts";

/** Every state that can be reached from `start` without passing through `avoided`. */
function reachable(start: PacketState, avoided: PacketState | undefined): Set<PacketState> {
  const found = new Set<PacketState>();
  const visit = (state: PacketState) => {
    if (state === avoided || found.has(state)) return;
    found.add(state);
    for (const next of transitions[state]) visit(next);
  };
  visit(start);
  return found;
}

describe("the table of transitions", () => {
  test.each(["final", "due", "screened"] as const)("has no way to signed that avoids %s", (gate) => {
    expect(reachable("observed", undefined)).toContain("signed");
    expect(reachable("observed", gate)).not.toContain("signed");
  });

  test.each(["final", "due", "screened"] as const)("has no way from refused to signed that avoids %s", (gate) => {
    expect(reachable("refused", gate)).not.toContain("signed");
  });

  test("has no way back from signed", () => {
    expect([...reachable("signed", undefined)].sort()).toEqual(["delivered", "executed", "signed"]);
  });

  test("is the same in the database", () => {
    const database = new Database(":memory:");
    for (const migration of chainDatabase.migrations) database.exec(migration);
    const inDatabase = database.prepare("SELECT from_state || ' ' || to_state FROM transitions").pluck().all();
    const inCode = packetStates.flatMap((from) => transitions[from].map((to) => `${from} ${to}`));
    expect(inDatabase.sort()).toEqual(inCode.sort());
  });
});

/** What anyone could try to do to a packet, with everything that a constraint might ask for at hand. */
const attempts = fc.array(fc.constantFrom(...packetStates), { minLength: 1, maxLength: 40 });

test("whatever is tried in whatever order, a packet is signed only after final, due and screened, in this order", () => {
  const seed = Date.now() % 1_000_000;
  const { store, file } = newStore();
  store.close();
  const database = new Database(file);
  database.pragma("synchronous = OFF");
  let next = 0;
  let signed = 0;
  fc.assert(
    fc.property(attempts, (targets) => {
      next += 1;
      const { history, state } = walk(database, next, targets);
      if (!["signed", "delivered", "executed"].includes(state)) return;
      signed += 1;
      const beforeSigned = history.slice(0, history.indexOf("signed"));
      const since = beforeSigned.slice(beforeSigned.lastIndexOf("final"));
      expect(since.slice(0, 3)).toEqual(["final", "due", "screened"]);
    }),
    { seed, numRuns: 400, examples: [[["final", "due", "screened", "signed"]]] },
  );
  database.close();
  expect(signed).toBeGreaterThan(0);
});

/** Tries one transition after another, straight in SQL, and tells which ones were let through. */
function walk(database: Database.Database, sequence: number, targets: readonly PacketState[]) {
  const { sighting, packetHash } = observation(BigInt(sequence));
  database
    .prepare(
      `INSERT INTO packets (deployment, source, destination, sequence, state, block_height, block_hash, block_time,
         transaction_hash, log_index, dispatched, dispatch_hash, packet, packet_hash, observed_at)
       VALUES ('local', '1', '2', ?, 'observed', 1, 'h', 1, 't', 0, 'd', 'h', ?, ?, 1)`,
    )
    .run(`${sequence}`, sighting.dispatched, packetHash);
  const history: PacketState[] = ["observed"];
  for (const to of targets) {
    const extras = {
      screened: ", verdict_result = 'white', verdict_source = 's', verdict_version = 'v', verdict_at = 'a'",
      signed: ", attestation = '{}'",
      executed: ", executed_hash = packet_hash",
    } as Partial<Record<PacketState, string>>;
    for (const extra of [extras[to] ?? "", ""]) {
      try {
        const statement = `UPDATE packets SET state = '${to}', ${to}_at = 1 ${extra} WHERE sequence = '${sequence}' AND state <> '${to}'`;
        if (database.prepare(statement).run().changes === 1) history.push(to);
      } catch {
        // refused by a trigger or a constraint, which is the point
      }
    }
  }
  const state = database
    .prepare("SELECT state FROM packets WHERE sequence = ?")
    .pluck()
    .get(`${sequence}`) as PacketState;
  return { history, state };
}

test("the store's own operations, in any order, keep to the same rule", () => {
  const seed = Date.now() % 1_000_000;
  const { store } = newStore();
  let next = 0n;
  const operation = fc.constantFrom(
    "final",
    "due",
    "screen",
    "sign",
    "deliver",
    "refuse",
    "retry",
    "orphan",
    "see",
    "hold",
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      next += 1n;
      const sequence = next;
      bringTo(store, sequence, "observed");
      let now = 10;
      const moves: Record<string, () => void> = {
        final: () => store.packets.move(stored(store, sequence), "final", now),
        due: () => store.packets.move(stored(store, sequence), "due", now),
        screen: () => store.packets.move(stored(store, sequence), "screened", now, { verdict }),
        sign: () => store.recordSigned(stored(store, sequence), attestation(packet(sequence)), now),
        deliver: () => store.recordDelivery(stored(store, sequence), "main", "acknowledged", undefined, now),
        refuse: () => store.packets.move(stored(store, sequence), "refused", now),
        retry: () => store.packets.move(stored(store, sequence), "final", now),
        orphan: () => store.packets.move(stored(store, sequence), "orphaned", now),
        see: () => void store.recordRange(key, [observation(sequence)], undefined, now),
        hold: () => store.packets.move(stored(store, sequence), "held", now),
      };
      for (const name of operations) {
        now += 1;
        try {
          moves[name]?.();
        } catch {
          // refused, which is the point
        }
      }
      const { attestation: kept, times } = stored(store, sequence);
      if (!kept) return;
      expect(times.observed).toBeLessThan(times.final ?? 0);
      expect(times.final).toBeLessThan(times.due ?? 0);
      expect(times.due).toBeLessThan(times.screened ?? 0);
      expect(times.screened).toBeLessThan(times.signed ?? 0);
    }),
    { seed, numRuns: 100, examples: [[["final", "due", "screen", "sign", "deliver"]]] },
  );
});
