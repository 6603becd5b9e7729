import { randomBytes } from "node:crypto";
import type { KnownPacket, Statement, Store } from "../../../collector/store/index.ts";
import { digestScheme } from "../../../shared/digest/index.ts";
import { attestor } from "../../collector/attestors.ts";
import { aleoChain, evmChain, packet } from "../../collector/packets.ts";

const claims: Statement["claims"] = {
  verdict: { result: "white", source: "bench list", version: "1", screenedAt: "2026-01-31T12:00:00Z" },
  assurance: "claimed",
  custody: "hsm",
  sources: "2-of-3",
};

/**
 * Fills a store with packets that every attestor signed. Signatures are random bytes: they were verified before a store
 * sees them, and nobody looks at them again while reading.
 */
export async function fill(store: Store, packets: number, attestors: number): Promise<void> {
  const scheme = digestScheme("verulink-evm");
  for (let sequence = 1; sequence <= packets; sequence += 1) {
    const content = packet(sequence);
    const white = scheme.digestOf(content, "white");
    const digests = { white: white.digest, flagged: scheme.digestOf(content, "flagged").digest };
    const known: KnownPacket = { packet: content, packetHash: white.packetHash, digests };
    for (let by = 0; by < attestors; by += 1) {
      const statement: Statement = {
        id: { deployment: "alpha", source: aleoChain, destination: evmChain, sequence: content.sequence },
        signer: attestor(by).address,
        digest: digests.white,
        signature: `0x${randomBytes(64).toString("hex")}1b`,
        claims,
        receivedAt: 1_700_000_000_000 + sequence,
      };
      await store.record(statement, known);
    }
  }
}
