import path from "node:path";
import { Wallet } from "ethers";
import type { RouteKey } from "../../../chain/route.ts";
import type { Sighting } from "../../../chain/source/index.ts";
import {
  type Observation,
  openStore,
  type PacketState,
  type Store,
  type StoredPacket,
} from "../../../chain/store/index.ts";
import { digestScheme } from "../../../shared/digest/index.ts";
import type { Packet } from "../../../shared/packet/index.ts";
import type { Attestation, Verdict } from "../../../shared/wire/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

export const key: RouteKey = { deployment: "local", source: "1", destination: "2" };
export const bridges = { sourceBridge: "0xA", destinationBridge: "0xB" };
export const collectors = ["main"] as const;

/** A store with the route open, in a file that goes with the test. */
export function newStore(): { store: Store; file: string; reopen(names?: readonly string[]): Store } {
  const file = path.join(temporaryFolder(), "chain.sqlite");
  let store = openStore(file, collectors);
  store.routes.open(key, bridges);
  return {
    store,
    file,
    reopen(names = collectors) {
      store.close();
      store = openStore(file, names);
      return store;
    },
  };
}

const service = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
const someone = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

export function packet(sequence: bigint, amount = 10n): Packet {
  return {
    version: 1,
    sequence,
    source: { chainId: 1n, address: service },
    destination: { chainId: 2n, address: service },
    message: { destTokenAddress: service, senderAddress: someone, amount, receiverAddress: someone },
    height: 100n,
  };
}

export function observation(sequence: bigint, changes: Partial<Sighting> & { amount?: bigint } = {}): Observation {
  const { amount = 10n, ...sighting } = changes;
  const content = sighting.content ?? { packet: packet(sequence, amount) };
  return {
    sighting: {
      sequence,
      block: { height: 5, hash: "0xb5", timestamp: 1_000 },
      transactionHash: "0x77",
      logIndex: 0,
      dispatched: JSON.stringify({ sequence: `${sequence}`, amount: `${amount}` }),
      dispatchHash: "0xd0",
      content,
      ...sighting,
    },
    packetHash:
      "packet" in content ? digestScheme("verulink-evm").digestOf(content.packet, "white").packetHash : undefined,
  };
}

export const verdict: Verdict = {
  result: "white",
  source: "test-list",
  version: "1",
  screenedAt: "2026-01-31T12:00:00.000Z",
};

export function attestation(of: Packet): Attestation {
  const digest = digestScheme("verulink-evm").digestOf(of, verdict.result);
  return {
    deployment: key.deployment,
    packet: of,
    verdict,
    scheme: "verulink-evm",
    ...digest,
    signature: `0x${"11".repeat(65)}`,
    signer: new Wallet(`0x${"22".repeat(32)}`).address,
    assurance: "claimed",
    custody: "hsm",
    sources: "single",
  };
}

export function stored(store: Store, sequence: bigint): StoredPacket {
  const found = store.packets.find(key, sequence);
  if (!found) throw new Error(`packet ${sequence} is not stored`);
  return found;
}

/** Stores a packet and takes it along the ordinary way to a state. */
export function bringTo(store: Store, sequence: bigint, state: PacketState): StoredPacket {
  if (!store.packets.find(key, sequence)) store.recordRange(key, [observation(sequence)], undefined, 1);
  const steps: Partial<Record<PacketState, () => void>> = {
    observed: () => store.packets.move(stored(store, sequence), "final", 2),
    final: () => store.packets.move(stored(store, sequence), "due", 3),
    due: () => store.packets.move(stored(store, sequence), "screened", 4, { verdict }),
    screened: () => store.recordSigned(stored(store, sequence), attestation(packet(sequence)), 5),
    signed: () => store.recordDelivery(stored(store, sequence), "main", "acknowledged", undefined, 6),
  };
  for (let current = stored(store, sequence); current.state !== state; current = stored(store, sequence)) {
    const step = steps[current.state];
    if (!step) throw new Error(`no ordinary way from ${current.state} to ${state}`);
    step();
  }
  return stored(store, sequence);
}
