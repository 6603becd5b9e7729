import { describe, expect, test } from "vitest";
import { createBoard } from "../../../chain/board.ts";
import { createNewestShowing } from "../../../chain/pipeline/showNewest.ts";
import type { Route } from "../../../chain/route.ts";
import type { NewestWanted, ShownNewest } from "../../../chain/signerClient/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { attestation, bringTo, key, newStore, packet } from "../store/samples.ts";

const other = { deployment: "local", source: "2", destination: "1" };

/** A showing to a signer that asks what it is told to ask. */
function newShowing(attestor = attestation(packet(1n)).signer, successors: Route["successors"] = []) {
  const { store } = newStore();
  const log: string[] = [];
  const logger = createLogger({ service: "chain", level: "debug" }, { write: (line: string) => log.push(line) });
  const board = createBoard(logger);
  const shown: (readonly ShownNewest[])[] = [];
  const signer = {
    wanted: { start: "1", newest: "missing", routes: [key] } as NewestWanted | undefined,
    fault: undefined as AttestorError | undefined,
    newestWanted: async () => signer.wanted,
    async showNewest(list: readonly ShownNewest[]) {
      shown.push(list);
      if (signer.fault) throw signer.fault;
      if (signer.wanted) signer.wanted = { ...signer.wanted, newest: "shown" };
    },
  };
  const chain = (chainId: bigint) => ({ chain: { chainId } });
  const route = {
    deployment: "local",
    source: chain(1n),
    destination: chain(2n),
    attestor,
    successors,
  } as unknown as Route;
  const showing = createNewestShowing({ signer, store, routes: [{ route }], board, logger });
  return { store, board, log, shown, signer, showing };
}

describe("the newest attestation of a route", () => {
  test("is the one that was signed last, whatever its number", () => {
    const { store } = newStore();
    expect(store.newestAttestation(key)).toBeUndefined();
    const signedAt = (sequence: bigint, at: number) =>
      store.recordSigned(bringTo(store, sequence, "screened"), attestation(packet(sequence)), at);
    signedAt(10n, 7);
    signedAt(9n, 8);
    expect(store.newestAttestation(key)).toEqual(attestation(packet(9n)));
    signedAt(11n, 8);
    expect(store.newestAttestation(key), "the higher one within a millisecond").toEqual(attestation(packet(11n)));
    expect(store.newestAttestation(other)).toBeUndefined();
  });

  test("stays it when the packet was delivered", () => {
    const { store } = newStore();
    bringTo(store, 1n, "delivered");
    expect(store.newestAttestation(key)).toEqual(attestation(packet(1n)));
  });
});

describe("a signer that was started", () => {
  test("is shown what we hold for each route that it names, or none", async () => {
    const { store, showing, shown, signer } = newShowing();
    bringTo(store, 1n, "signed");
    signer.wanted = { start: "1", newest: "missing", routes: [key, other] };
    expect(await showing.look()).toBe(true);
    expect(shown).toEqual([
      [
        { route: key, newest: attestation(packet(1n)) },
        { route: other, newest: null },
      ],
    ]);
  });

  test("is shown it once, and again at its next start or ours", async () => {
    const { showing, shown, signer } = newShowing();
    await showing.look();
    await showing.look();
    expect(shown).toHaveLength(1);
    signer.wanted = { start: "2", newest: "missing", routes: [key] };
    await showing.look();
    expect(shown).toHaveLength(2);
    const ours = newShowing();
    ours.signer.wanted = { start: "2", newest: "shown", routes: [key] };
    await ours.showing.look();
    expect(ours.shown).toHaveLength(1);
  });

  test("is shown nothing that another attestor's key signed before", async () => {
    const { store, showing, shown } = newShowing("0x0000000000000000000000000000000000000001");
    bringTo(store, 1n, "signed");
    await showing.look();
    expect(shown).toEqual([[{ route: key, newest: null }]]);
  });

  test("is shown what a successor signed, whatever sequences it has today", async () => {
    const successors = [{ attestor: attestation(packet(1n)).signer, fromSequence: 50n }];
    const { store, showing, shown } = newShowing("0x0000000000000000000000000000000000000001", successors);
    bringTo(store, 1n, "signed");
    await showing.look();
    expect(shown).toEqual([[{ route: key, newest: attestation(packet(1n)) }]]);
  });

  test("of a version that asks nobody is shown nothing", async () => {
    const { showing, shown, signer } = newShowing();
    signer.wanted = undefined;
    expect(await showing.look()).toBe(true);
    expect(shown).toEqual([]);
  });

  test("that does not have what we hold is alarmed once, and keeps us from being ready", async () => {
    const { showing, signer, board, log } = newShowing();
    const detail = "The signer's ledger does not have its own attestation of packet 1/2/7.";
    signer.fault = new AttestorError("peer_refused", { peer: "signer", code: "ledger_rolled_back", detail });
    expect(await showing.look()).toBe(false);
    expect(await showing.look()).toBe(false);
    expect(board.reasons()).toEqual([`signer: The signer refused (ledger_rolled_back): ${detail}`]);
    expect(log.filter((line) => line.includes('"alarm":true'))).toHaveLength(1);
    signer.fault = undefined;
    expect(await showing.look()).toBe(true);
    expect(board.reasons()).toEqual([]);
  });
});
