import { AttestorError } from "../errors/index.ts";
import type { Bits } from "./bits.ts";
import { fastBhp256 } from "./fast/fastBhp256.ts";
import { plaintextBits } from "./plaintextBits.ts";
import { screenedPacket } from "./verulinkPacket.ts";

/** BHP256 to a field element, as the Aleo VM's `hash.bhp256 … into … as field` computes it. */
export type Bhp256 = (bits: Bits) => bigint;

/** A hash that Verulink published. */
const known = {
  packetHash: 6608592228629500387683976240387025223981477222757036896067688243133631109522n,
  hash: 1233032529535352533537970719453602118145153682706641379905676168317090198721n,
};

/**
 * A BHP256 that has shown that it gives a known hash: tables that were built wrongly, by whatever fault, must not lead to a
 * signature.
 *
 * @throws AttestorError `internal`.
 */
export function tested(hash: Bhp256): Bhp256 {
  if (hash(plaintextBits(screenedPacket(known.packetHash, true))) === known.hash) return hash;
  throw new AttestorError("internal", { reason: "BHP256 failed its self-test; this machine must not sign for Aleo" });
}

let instance: Bhp256 | undefined;

/**
 * Sets BHP256 up, which blocks the process for about 100 ms: a service that will need it does so when it starts.
 *
 * @throws AttestorError `internal` if the self-test fails.
 */
export function prepareBhp256(): Bhp256 {
  instance ??= tested(fastBhp256());
  return instance;
}

/** BHP256, set up at the first call unless that was done before. */
export const bhp256: Bhp256 = (bits) => prepareBhp256()(bits);
