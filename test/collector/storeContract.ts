import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KnownPacket, RouteKey, Statement, Store } from "../../collector/store/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { attestor, digestOf, packetHashOf, signatureOf } from "./attestors.ts";
import { aleoChain, evmChain, packet } from "./packets.ts";

/** A kind of store as the contract needs it: opened on the same data again and again. */
export interface StoreUnderTest {
  open(): Promise<Store>;
  /** Forgets the data. */
  clear(): Promise<void>;
}

const claims: Statement["claims"] = {
  verdict: { result: "white", source: "test list", version: "7", screenedAt: "2026-01-31T12:00:00Z" },
  assurance: "claimed",
  custody: "hsm",
  sources: "2-of-3",
};

/** The route of every statement here that says no other. */
export const alpha: RouteKey = { deployment: "alpha", source: aleoChain, destination: evmChain };

export function known(about: Packet): KnownPacket {
  return {
    packet: about,
    packetHash: packetHashOf(about) as KnownPacket["packetHash"],
    digests: { white: digestOf(about, "white"), flagged: digestOf(about, "flagged") },
  };
}

export function statement(about: Packet, by: number, changes: Partial<Statement> = {}): Statement {
  return {
    id: { deployment: "alpha", source: aleoChain, destination: evmChain, sequence: about.sequence },
    signer: attestor(by).address,
    digest: digestOf(about, "white"),
    signature: signatureOf(about, "white", attestor(by)),
    claims,
    receivedAt: 1_700_000_000_000,
    ...changes,
  };
}

function flagged(about: Packet, by: number, changes: Partial<Statement> = {}): Statement {
  const signature = signatureOf(about, "flagged", attestor(by));
  return statement(about, by, { digest: digestOf(about, "flagged"), signature, ...changes });
}

/** What every store promises, whatever it keeps its data in. */
export function describeStore(kind: string, underTest: StoreUnderTest): void {
  describe(`the ${kind} store`, () => {
    let store: Store;
    const one = packet(1);

    beforeEach(async () => {
      store = await underTest.open();
    });
    afterEach(async () => {
      await store.close();
      await underTest.clear();
    });

    const find = (about: Packet) => store.find({ source: aleoChain, destination: evmChain, sequence: about.sequence });

    it("has a name of its own for as long as its data lives", async () => {
      const { instance } = store;
      await store.close();
      store = await underTest.open();
      expect(store.instance).toBe(instance);
      await store.close();
      await underTest.clear();
      store = await underTest.open();
      expect(store.instance).not.toBe(instance);
      expect(instance).toMatch(/^[0-9a-f]{32}$/);
    });

    it("tells what one attestor signed, also about a packet whose content is not known", async () => {
      const given = statement(one, 0);
      await store.record(given);
      expect(await store.statement(given.id, given.signer)).toEqual(given);
      expect(await store.statement(given.id, attestor(1).address)).toBeUndefined();
      expect(await store.statement({ ...given.id, deployment: "beta" }, given.signer)).toBeUndefined();
    });

    it("gives back what it was given, to the last digit", async () => {
      const widest = packet(2n ** 64n - 1n, { source: { ...one.source, chainId: 2n ** 128n - 1n } });
      const given = statement(widest, 0, {
        id: { deployment: "alpha", source: 2n ** 128n - 1n, destination: evmChain, sequence: 2n ** 64n - 1n },
      });
      expect(await store.record(given, known(widest))).toBe("stored");
      expect(await store.find(given.id)).toEqual([
        { id: given.id, position: 1, packets: [known(widest)], statements: [given] },
      ]);
    });

    it("takes the same statement once, also when many arrive at the same time", async () => {
      const outcomes = await Promise.all(Array.from({ length: 6 }, () => store.record(statement(one, 0), known(one))));
      expect(outcomes.sort()).toEqual(["duplicate", "duplicate", "duplicate", "duplicate", "duplicate", "stored"]);
      expect((await find(one))[0]?.statements).toHaveLength(1);
    });

    it("keeps the first of two statements that say the same", async () => {
      const first = statement(one, 0);
      await store.record(first, known(one));
      const again = statement(one, 0, {
        signature: signatureOf(packet(2), "white", attestor(0)),
        receivedAt: first.receivedAt + 1,
        claims: { ...(claims as NonNullable<typeof claims>), custody: "kms" },
      });
      expect(await store.record(again, known(one))).toBe("duplicate");
      expect((await find(one))[0]?.statements).toEqual([first]);
      expect(await store.conflicts()).toEqual([]);
    });

    it.each([
      ["the other verdict", flagged(one, 0), known(one)],
      ["another content", statement({ ...one, height: 9n }, 0), known({ ...one, height: 9n })],
      ["an unknown digest", statement({ ...one, height: 9n }, 0, { claims: undefined }), undefined],
    ])(
      "keeps the first of two statements that differ, and the second as evidence: %s",
      async (_what, second, content) => {
        const first = statement(one, 0);
        await store.record(first, known(one));
        expect(await store.record(second, content)).toBe("conflict");
        const [record] = await find(one);
        expect(record).toMatchObject({ packets: [known(one)], statements: [first] });
        expect(await store.conflicts()).toEqual([{ first, second }]);
      },
    );

    it("keeps one piece of evidence an attestor and packet id, however many contradictions come", async () => {
      await store.record(statement(one, 0), known(one));
      const second = flagged(one, 0);
      for (const next of [second, second, statement({ ...one, height: 9n }, 0)]) {
        expect(await store.record(next)).toBe("conflict");
      }
      expect(await store.conflicts()).toEqual([{ first: statement(one, 0), second }]);
    });

    it("still takes the first statement again after a contradiction", async () => {
      await store.record(statement(one, 0), known(one));
      await store.record(flagged(one, 0), known(one));
      expect(await store.record(statement(one, 0), known(one))).toBe("duplicate");
    });

    it("lets attestors differ among themselves, and keeps each content once", async () => {
      const other = { ...one, height: 9n };
      await store.record(statement(one, 2), known(one));
      await store.record(statement(other, 0), known(other));
      await store.record(flagged(one, 1), known(one));
      const [record] = await find(one);
      expect(record?.packets).toEqual([known(one), known(other)]);
      expect(record?.statements.map(({ signer }) => signer).sort()).toEqual(
        [0, 1, 2].map((index) => attestor(index).address).sort(),
      );
    });

    it("keeps deployments, chains and numbers apart", async () => {
      const first = statement(one, 0);
      const elsewhere = [
        { ...first.id, deployment: "beta" },
        { ...first.id, source: 5n },
        { ...first.id, destination: 5n },
        { ...first.id, sequence: 2n },
      ];
      for (const id of [first.id, ...elsewhere]) {
        expect(await store.record({ ...first, id, digest: digestOf(packet(id.sequence), "white") }, known(one))).toBe(
          "stored",
        );
      }
      expect((await store.find(first.id)).map(({ id }) => id.deployment)).toEqual(["alpha", "beta"]);
      expect((await store.find(first.id, "beta")).map(({ id }) => id.deployment)).toEqual(["beta"]);
      expect(await store.find(first.id, "gamma")).toEqual([]);
    });

    it("hides a packet id until a content of it is known", async () => {
      const digestOnly = statement(one, 0, { claims: undefined });
      expect(await store.record(digestOnly)).toBe("stored");
      expect(await store.record(digestOnly)).toBe("duplicate");
      expect(await find(one)).toEqual([]);
      expect(await store.list([alpha], 0, 10)).toEqual([]);
      await store.record(statement(one, 1), known(one));
      expect((await find(one))[0]?.statements).toHaveLength(2);
    });

    it("completes a digest-only statement with the claims that come later, once", async () => {
      await store.record(statement(one, 0, { claims: undefined }));
      expect(await store.record(statement(one, 0), known(one))).toBe("stored");
      expect(await store.record(statement(one, 0), known(one))).toBe("duplicate");
      expect(await store.record(statement(one, 0, { claims: undefined }))).toBe("duplicate");
      expect((await find(one))[0]).toMatchObject({ packets: [known(one)], statements: [statement(one, 0)] });
    });

    it("lists in the order of arrival, by route, from where the last page ended", async () => {
      const sequences = [30, 10, 20];
      for (const sequence of sequences) await store.record(statement(packet(sequence), 0), known(packet(sequence)));
      const beta = { ...alpha, deployment: "beta" };
      await store.record(statement(one, 0, { id: { ...beta, sequence: 1n } }), known(one));
      await store.record(statement(packet(40), 0), known(packet(40)));

      const both = [beta, alpha];
      const first = await store.list(both, 0, 2);
      expect(first.map(({ id }) => id.sequence)).toEqual([30n, 10n]);
      const rest = await store.list(both, first.at(-1)?.position ?? 0, 10);
      expect(rest.map(({ id }) => id.sequence)).toEqual([20n, 1n, 40n]);
      expect((await store.list([beta], 0, 10)).map(({ id }) => id.deployment)).toEqual(["beta"]);
      expect(await store.list([{ ...alpha, source: evmChain }], 0, 10)).toEqual([]);
      expect(await store.list([{ ...alpha, destination: aleoChain }], 0, 10)).toEqual([]);
      expect(await store.list([], 0, 10)).toEqual([]);
    });

    it("lists a packet behind all that readers have seen when its content comes long after its digest", async () => {
      await store.record(statement(packet(10), 0, { claims: undefined }));
      await store.record(statement(packet(20), 0), known(packet(20)));
      const [seen] = await store.list([alpha], 0, 10);
      await store.record(statement(packet(10), 1), known(packet(10)));
      await store.record(statement(packet(10), 2), known(packet(10)));
      const rest = await store.list([alpha], seen?.position ?? 0, 10);
      expect(rest.map(({ id }) => id.sequence)).toEqual([10n]);
      expect((await store.list([alpha], 0, 10)).map(({ id }) => id.sequence)).toEqual([20n, 10n]);
    });

    it("numbers what was stored or completed, in that order, and calls whoever follows", async () => {
      let calls = 0;
      const stop = store.onStored(() => {
        calls += 1;
      });
      expect(await store.newestEvent()).toBe(0);
      await store.record(statement(one, 0, { claims: undefined }));
      await store.record(statement(packet(2), 1), known(packet(2)));
      await store.record(statement(one, 0), known(one));
      await store.record(statement(one, 0), known(one));
      await store.record(flagged(one, 0), known(one));
      const events = await store.events(0, 10);
      expect(events.map(({ id, signer }) => [id.sequence, signer])).toEqual([
        [2n, attestor(1).address],
        [1n, attestor(0).address],
      ]);
      const [first, second] = events.map(({ number }) => number);
      expect(second).toBeGreaterThan(first ?? 0);
      expect(await store.newestEvent()).toBe(second);
      expect(await store.events(first ?? 0, 10)).toEqual(events.slice(1));
      expect(await store.events(0, 1)).toEqual(events.slice(0, 1));
      // a store that hears of it from its server may begin to hear late, and then calls once for all that it missed
      await expect.poll(() => calls, { timeout: 30_000 }).toBeGreaterThan(0);
      const heard = calls;
      await store.record(statement(packet(3), 0), known(packet(3)));
      await expect.poll(() => calls, { timeout: 30_000 }).toBeGreaterThan(heard);
      stop();
      const before = calls;
      await store.record(statement(packet(4), 0), known(packet(4)));
      await store.newestEvent();
      expect(calls).toBe(before);
      expect(store.fault()).toBeUndefined();
    });

    it("tells an attestor's key the requests about its own sequences only, the oldest first", async () => {
      const route = { deployment: "alpha", source: aleoChain, destination: evmChain };
      const ask = (sequence: bigint) =>
        store.request({ id: { ...route, sequence }, height: undefined, transactionHash: undefined, requestedAt: 1 });
      const asked = [100n, 9n, 2n ** 64n - 1n, 10n, 2n];
      for (const sequence of asked) await ask(sequence);
      const open = async (from: bigint, below: bigint | undefined, limit = 10) =>
        (await store.openRequests(route, attestor(0).address, { from, below }, 0, limit)).map(({ id }) => id.sequence);
      expect(await open(0n, undefined)).toEqual(asked);
      expect(await open(0n, 10n)).toEqual([9n, 2n]);
      expect(await open(10n, undefined)).toEqual([100n, 2n ** 64n - 1n, 10n]);
      expect(await open(10n, 100n)).toEqual([10n]);
      expect(await open(10n, undefined, 1), "others take no place").toEqual([100n]);
      const all = { from: 0n, below: undefined };
      const [first] = await store.openRequests(route, attestor(0).address, all, 0, 1);
      const rest = await store.openRequests(route, attestor(0).address, all, first?.position ?? 0, 10);
      expect(rest.map(({ id }) => id.sequence)).toEqual(asked.slice(1));
      await store.record(statement(packet(10), 0));
      expect(await open(10n, 100n)).toEqual([]);
    });

    it("still has everything when it is opened again", async () => {
      await store.record(statement(one, 0), known(one));
      await store.record(flagged(one, 0), known(one));
      await store.record(statement(packet(2), 1, { claims: undefined }));
      const before = [await find(one), await store.conflicts()];
      await store.close();
      store = await underTest.open();
      expect([await find(one), await store.conflicts()]).toEqual(before);
      expect(await store.record(statement(one, 0), known(one))).toBe("duplicate");
      expect(await store.record(flagged(one, 0), known(one))).toBe("conflict");
      expect(await store.record(statement(packet(2), 1, { claims: undefined }))).toBe("duplicate");
    });
  });
}
