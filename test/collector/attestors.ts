import { computeAddress, concat, getBytes, keccak256, SigningKey, solidityPackedKeccak256 } from "ethers";
import type { Hex, VerdictResult } from "../../shared/digest/index.ts";
import { type Packet, packetToWire } from "../../shared/packet/index.ts";

/** An attestor's key in a test's hands. Digests here come from ethers, never from the code under test. */
export interface TestAttestor {
  readonly address: string;
  readonly key: SigningKey;
}

/** Fixed keys, in ascending order of their addresses. */
export const attestors: readonly TestAttestor[] = Array.from({ length: 6 }, (_, index) => {
  const key = new SigningKey(`0x${`${index + 1}`.padStart(64, "0")}`);
  return { address: computeAddress(key.publicKey), key };
}).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

/** The attestor at that place in ascending order. */
export function attestor(index: number): TestAttestor {
  const found = attestors[index];
  if (!found) throw new Error(`there is no attestor ${index}`);
  return found;
}

export function packetHashOf(packet: Packet): string {
  const { version, sequence, source, destination, message, height } = packet;
  const [text, address, number] = ["string", "address", "uint256"];
  return solidityPackedKeccak256(
    [number, number, number, text, number, address, text, address, number, address, number],
    [
      version,
      sequence,
      source.chainId,
      source.address,
      destination.chainId,
      destination.address,
      message.senderAddress,
      message.destTokenAddress,
      message.amount,
      message.receiverAddress,
      height,
    ],
  );
}

/** What an attestor signs: YEA is vote 1, NAY vote 2. */
export function digestOf(packet: Packet, verdict: VerdictResult): Hex {
  const vote = keccak256(concat([packetHashOf(packet), verdict === "white" ? "0x01" : "0x02"]));
  return keccak256(concat([getBytes(Buffer.from("\x19Ethereum Signed Message:\n32")), vote])) as Hex;
}

/** r ‖ s ‖ v, low s, v 27 or 28. */
export function signatureOf(packet: Packet, verdict: VerdictResult, { key }: TestAttestor): Hex {
  return key.sign(digestOf(packet, verdict)).serialized as Hex;
}

/** The body that an attestor posts. */
export function submission(
  packet: Packet,
  verdict: VerdictResult,
  by: TestAttestor,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    deployment: "alpha",
    packet: packetToWire(packet),
    verdict: { result: verdict, source: "test list", version: "7", screenedAt: "2026-01-31T12:00:00Z" },
    sources: "2-of-3",
    signature: signatureOf(packet, verdict, by),
    assurance: "claimed",
    custody: "hsm",
    ...changes,
  };
}

/** The body that a Verulink chain-service posts. */
export function verulinkPost(
  packet: Packet,
  verdict: VerdictResult,
  by: TestAttestor,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    sourceChainId: `${packet.source.chainId}`,
    destChainId: `${packet.destination.chainId}`,
    sequence: Number(packet.sequence),
    signature: signatureOf(packet, verdict, by),
    offChainAnalysis: verdict === "white",
    attestorSigner: by.address,
    packetHash: digestOf(packet, verdict),
    ...changes,
  };
}
