import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ledgerIdOf, type Release } from "../../../signer/ledger/index.ts";
import { createState } from "../../../signer/state/index.ts";
import { addresses, type PacketChanges, samplePacket, samplePolicy, sampleReservation } from "../samples.ts";
import { openLedger, temporaryLedger } from "./temporaryLedger.ts";

const release: Release = { signature: `0x${"ab".repeat(64)}1b`, signer: addresses.receiver, custody: "hsm" };
const otherRelease: Release = { ...release, signature: `0x${"cd".repeat(64)}1c` };
const id = ledgerIdOf(sampleReservation());

describe("reserve", () => {
  it("reserves a packet that it has not seen", async () => {
    const { ledger } = temporaryLedger();
    expect(await ledger.reserve(sampleReservation())).toEqual({ state: "reserved" });
    expect(ledger.rows()).toEqual({ signing: 1, signed: 0 });
  });

  it("lets the same content be signed again until it is released", async () => {
    const { ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    expect(await ledger.reserve(sampleReservation())).toEqual({ state: "signing" });
    expect(ledger.rows()).toEqual({ signing: 1, signed: 0 });
  });

  it("answers the same content with the released attestation", async () => {
    const { ledger } = temporaryLedger();
    const reservation = sampleReservation();
    await ledger.reserve(reservation);
    const { client: _asker, ...content } = reservation;
    const attestation = { ...content, ...release };
    expect(await ledger.release(id, release)).toEqual(attestation);
    expect(await ledger.reserve(reservation)).toEqual({ state: "signed", attestation });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
  });

  it("records screening and sources from the first request and never compares them", async () => {
    const { ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    await ledger.release(id, release);
    const later = sampleReservation({}, "white", {
      verdict: { result: "white", source: "another list", version: "9", screenedAt: "2026-02-01T00:00:00Z" },
      sources: "2-of-3",
    });
    const reserved = await ledger.reserve({ ...later, client: "chain-b" });
    expect(reserved).toMatchObject({
      state: "signed",
      attestation: { verdict: { source: "list", version: "1" }, sources: "single" },
    });
  });

  it("refuses the other verdict, with the attestation once there is one", async () => {
    const { ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    const refused = { state: "refused", code: "verdict_already_given", given: "white" };
    expect(await ledger.reserve(sampleReservation({}, "flagged"))).toEqual({ ...refused, attestation: undefined });
    const attestation = await ledger.release(id, release);
    expect(await ledger.reserve(sampleReservation({}, "flagged"))).toEqual({ ...refused, attestation });
  });

  const otherPackets: [string, PacketChanges][] = [
    ["packet.version", { version: 2 }],
    ["packet.source.address", { source: { chainId: 1n, address: addresses.token } }],
    ["packet.destination.address", { destination: { chainId: 2n, address: addresses.token } }],
    ["packet.message.dest_token_address", { message: { destTokenAddress: addresses.receiver } }],
    ["packet.message.sender_address", { message: { senderAddress: addresses.receiver } }],
    ["packet.message.amount", { message: { amount: 11n } }],
    ["packet.message.receiver_address", { message: { receiverAddress: addresses.sender } }],
    ["packet.height", { height: 101n }],
  ];

  it.each(otherPackets)("refuses another %s under the same id, whatever the verdict", async (field, change) => {
    const { ledger } = temporaryLedger();
    const equivocation = { state: "refused", code: "equivocation", differing: [field], stored: sampleReservation() };
    await ledger.reserve(sampleReservation());
    expect(await ledger.reserve(sampleReservation(change))).toEqual(equivocation);
    expect(await ledger.reserve(sampleReservation(change, "flagged"))).toEqual(equivocation);
    await ledger.release(id, release);
    expect(await ledger.reserve(sampleReservation(change))).toEqual(equivocation);
  });

  it("refuses another digest for the same packet and verdict", async () => {
    const { ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    const other = { ...sampleReservation(), digest: `0x${"00".repeat(32)}` as const };
    expect(await ledger.reserve(other)).toMatchObject({
      state: "refused",
      code: "equivocation",
      differing: ["digest"],
    });
  });

  it("keeps apart what differs in deployment, source, destination or sequence", async () => {
    const { ledger } = temporaryLedger();
    const { source, destination } = samplePacket();
    const others = [
      sampleReservation(),
      sampleReservation({}, "flagged", { deployment: "other" }),
      sampleReservation({ source: { ...source, chainId: 3n } }, "flagged"),
      sampleReservation({ destination: { ...destination, chainId: 3n } }, "flagged"),
      sampleReservation({ sequence: 70n }, "flagged"),
    ];
    for (const each of others) expect(await ledger.reserve(each)).toEqual({ state: "reserved" });
  });

  it("holds the widest integers that a packet can have", async () => {
    const { ledger, reopen } = temporaryLedger();
    const chainId = 2n ** 128n - 1n;
    const widest = sampleReservation({
      version: 255,
      sequence: 2n ** 64n - 1n,
      source: { chainId, address: addresses.aleo },
      height: 2n ** 64n - 1n,
      message: { amount: chainId },
    });
    await ledger.reserve(widest);
    await ledger.release(ledgerIdOf(widest), release);
    const [found] = reopen().find({ source: chainId, destination: 2n, sequence: 2n ** 64n - 1n });
    expect(found?.packet).toEqual(widest.packet);
  });
});

describe("release", () => {
  it("keeps the first signature and answers a second one with the first", async () => {
    const { ledger } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    const first = await ledger.release(id, release);
    expect(await ledger.release(id, otherRelease)).toEqual(first);
    expect(ledger.rows()).toEqual({ signing: 0, signed: 1 });
  });

  it("answers from what was reserved just now as from the row", async () => {
    const { ledger } = temporaryLedger();
    const reservation = sampleReservation();
    await ledger.reserve(reservation);
    const released = await ledger.state.decide((transaction) =>
      ledger.ledger.release(transaction, id, release, reservation),
    );
    expect(ledger.find(id)).toEqual([released.attestation]);
    expect(released.first).toBe(true);
    expect(await ledger.release(id, otherRelease)).toEqual(released.attestation);
  });

  it("refuses a packet that nothing is reserved for", async () => {
    const { ledger } = temporaryLedger();
    await expect(ledger.release(id, release)).rejects.toMatchObject({ code: "conflict" });
    expect(ledger.rows()).toEqual({ signing: 0, signed: 0 });
  });
});

describe("find", () => {
  it("finds released attestations only, one per deployment in order", async () => {
    const { ledger } = temporaryLedger();
    for (const deployment of ["b", "a", "c"]) await ledger.reserve(sampleReservation({}, "white", { deployment }));
    for (const deployment of ["b", "a"]) await ledger.release({ ...id, deployment }, release);
    expect(ledger.find(id).map((attestation) => attestation.deployment)).toEqual(["a", "b"]);
    expect(ledger.find({ ...id, sequence: 8n })).toEqual([]);
  });
});

describe("across a restart", () => {
  it("remembers what it reserved and what it released", async () => {
    const { ledger, reopen } = temporaryLedger();
    await ledger.reserve(sampleReservation());
    await ledger.reserve(sampleReservation({ sequence: 8n }));
    const attestation = await ledger.release(id, release);
    const reopened = reopen();
    expect(await reopened.reserve(sampleReservation())).toEqual({ state: "signed", attestation });
    expect(await reopened.reserve(sampleReservation({ sequence: 8n }))).toEqual({ state: "signing" });
    expect(reopened.rows()).toEqual({ signing: 1, signed: 1 });
  });
});

describe("the file", () => {
  it("is not created by opening it", () => {
    const file = `${temporaryLedger().file}.missing`;
    expect(() => openLedger(file)).toThrow(`${file} does not exist. Create it.`);
    expect(existsSync(file)).toBe(false);
  });

  it("is not replaced by creating it", () => {
    const { file, ledger } = temporaryLedger();
    expect(() => createState(file, "database", samplePolicy())).toThrow(
      expect.objectContaining({ code: "database_exists" }),
    );
    expect(ledger.state.fault()).toBeUndefined();
  });

  it("belongs to one process at a time", () => {
    const { file } = temporaryLedger();
    const open = () => openLedger(file);
    expect(open).toThrow(expect.objectContaining({ code: "database_in_use" }));
  });

  it("says why it cannot be used once it is closed", () => {
    const { ledger } = temporaryLedger();
    ledger.state.close();
    expect(ledger.state.fault()).toBe("it is closed");
  });
});
