import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { concat } from "ethers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { vote } from "./attesting.ts";
import { bridgeOn, openStage, type Stage } from "./bridgeFixture.ts";
import type { InPacket } from "./packets.ts";

interface Endpoint {
  chain_id: string;
  address: string;
}

interface Vector {
  packet: {
    version: number;
    sequence: string;
    source: Endpoint;
    destination: Endpoint;
    message: { sender_address: string; dest_token_address: string; amount: string; receiver_address: string };
    height: string;
  };
  packetHash: string;
  digest: { white: string; flagged: string };
}

const file = join(import.meta.dirname, "../vectors/verulink-evm.json");
const { vectors } = JSON.parse(await readFile(file, "utf8")) as { vectors: Vector[] };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.anvil.close());

test.each(vectors)(
  "the contract hashes packet $packet.sequence to $packetHash and takes both of its digests",
  async (vector) => {
    const { bridge, attestors } = await bridgeOn(stage);
    const packet = contractPacket(vector);
    const signedBy = (digest: string): string =>
      concat([attestors[0], attestors[1]].map(({ signingKey }) => signingKey.sign(digest).serialized));

    const { white, flagged } = vector.digest;
    expect(await bridge.dryRun(stage.service, "consume", packet, signedBy(white))).toBe(vote.yea);
    expect(await bridge.dryRun(stage.service, "consume", packet, signedBy(flagged))).toBe(vote.nay);

    await bridge.send(stage.service, "consume", packet, signedBy(flagged));
    expect(await bridge.read("consumedPackets", packet.sequence)).toBe(vector.packetHash);
  },
);

function contractPacket({ packet }: Vector): InPacket {
  const { source, destination, message } = packet;
  return {
    version: BigInt(packet.version),
    sequence: BigInt(packet.sequence),
    sourceTokenService: { chainId: BigInt(source.chain_id), addr: source.address },
    destTokenService: { chainId: BigInt(destination.chain_id), addr: destination.address },
    message: {
      senderAddress: message.sender_address,
      destTokenAddress: message.dest_token_address,
      amount: BigInt(message.amount),
      receiverAddress: message.receiver_address,
    },
    height: BigInt(packet.height),
  };
}
