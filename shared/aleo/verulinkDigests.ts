import { bytesToHex, concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import type { Hex, VerdictResult } from "../digest/index.ts";
import { keccak256 } from "../keccak/index.ts";
import type { Packet } from "../packet/index.ts";
import { check } from "../schema/index.ts";
import { type AleoProgram, aleoProgram } from "./program.ts";
import { type FieldText, fieldBytes, formatField } from "./text.ts";
import { verulinkHashes } from "./verulinkHashes.ts";

/** What is signed for an Aleo destination. Aleo's hashes are field elements and are written as such. */
export interface AleoDigest<Digest extends Hex | FieldText> {
  /** The inner hash: names the packet alone. */
  readonly packetHash: FieldText;
  /** What is signed: packet and verdict. */
  readonly digest: Digest;
}

/** The digest scheme `verulink-aleo-ecdsa` or `verulink-aleo-schnorr` for one route. */
export type AleoDigestOf<Digest extends Hex | FieldText> = (
  packet: Packet,
  verdict: VerdictResult,
) => AleoDigest<Digest>;

/**
 * The scheme `verulink-aleo-ecdsa`: keccak256(domain ‖ attested hash as 32 little-endian bytes), where domain =
 * keccak256(`hsm-attestor/verulink-aleo-ecdsa/v1:<network>:<program id>`). The Aleo VM computes it with
 * `ecdsa.verify.keccak256.eth` over a struct of both and verifies a secp256k1 signature, so an HSM can sign it. The
 * domain holds it to one program of one network; a network's name and a program's id hold no colon.
 *
 * @throws AttestorError `invalid_field` if the program is none; the function it gives, if a field of the packet cannot be
 * hashed as the program would.
 */
export function verulinkAleoEcdsa(program: AleoProgram): AleoDigestOf<Hex> {
  const domain = verulinkAleoEcdsaDomain(program);
  return (packet, verdict) => {
    const { packetHash, attestedHash } = hashes(packet, verdict);
    const digest = keccak256(concatBytes(domain, fieldBytes(attestedHash)));
    return { packetHash: formatField(packetHash), digest: `0x${bytesToHex(digest)}` };
  };
}

/** The constant by which a bridge program tells its own attestations from any other. */
export function verulinkAleoEcdsaDomain(where: AleoProgram): Uint8Array {
  const { network, program } = check(aleoProgram, where, "program");
  return keccak256(utf8ToBytes(`hsm-attestor/verulink-aleo-ecdsa/v1:${network}:${program}`));
}

/**
 * The scheme `verulink-aleo-schnorr`, which the deployed Verulink program verifies: the attested hash itself is signed, as a
 * value of type field. Neither network nor program is in it, beyond what the packet names.
 *
 * @throws AttestorError `invalid_field` if a field of the packet cannot be hashed as the program would.
 */
export const verulinkAleoSchnorr: AleoDigestOf<FieldText> = (packet, verdict) => {
  const { packetHash, attestedHash } = hashes(packet, verdict);
  return { packetHash: formatField(packetHash), digest: formatField(attestedHash) };
};

function hashes(packet: Packet, verdict: VerdictResult) {
  return verulinkHashes(packet, verdict === "white");
}
