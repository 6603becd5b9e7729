import { Interface } from "ethers";
import { beforeAll, describe, expect, test } from "vitest";
import type { Artifacts, ContractName } from "../../contracts/index.ts";
import { testArtifacts } from "../support/artifacts.ts";

const outPacket =
  "(uint256 version,uint256 sequence,(uint256 chainId,address addr) sourceTokenService,(uint256 chainId,string addr) destTokenService,(address senderAddress,string destTokenAddress,uint256 amount,string receiverAddress) message,uint256 height)";
const inPacket =
  "(uint256 version,uint256 sequence,(uint256 chainId,string addr) sourceTokenService,(uint256 chainId,address addr) destTokenService,(string senderAddress,address destTokenAddress,uint256 amount,address receiverAddress) message,uint256 height)";

/** What Verulink's contracts offer, by its public sources; ours must answer to the same words. */
const verulink = {
  AttestedBridge: [
    `event PacketDispatched(${outPacket} packet)`,
    "event Consumed(uint256 chainId,uint256 sequence,bytes32 packetHash,uint8 vote)",
    `function sendMessage(${outPacket} packet)`,
    `function consume(${inPacket} packet,bytes signatures) returns (uint8 vote)`,
    "function sequence() view returns (uint256)",
    "function outgoingPackets(uint256) view returns (bytes32)",
    "function consumedPackets(uint256) view returns (bytes32)",
    "function isPacketConsumed(uint256) view returns (bool)",
    "function destinationChainId() view returns (uint256)",
    "function isAttestor(address) view returns (bool)",
    "function quorumRequired() view returns (uint256)",
    "function isRegisteredTokenService(address) view returns (bool)",
    "function paused() view returns (bool)",
    "function owner() view returns (address)",
    "function addTokenService(address service)",
    "function removeTokenService(address service)",
    "function addAttestor(address attestor,uint256 newQuorumRequired)",
    "function addAttestors(address[] attestors,uint256 newQuorumRequired)",
    "function removeAttestor(address attestor,uint256 newQuorumRequired)",
    "function updateQuorum(uint256 newQuorumRequired)",
    "function pause()",
    "function unpause()",
  ],
  TokenService: [
    "function transfer(address token,uint256 amount,string receiver)",
    `function withdraw(${inPacket} packet,bytes signatures)`,
  ],
  Holding: [
    "function lock(address user,address token,uint256 amount)",
    "function locked(address,address) view returns (uint256)",
    "event Locked(address account,address token,uint256 amount)",
  ],
} satisfies Partial<Record<ContractName, string[]>>;

let artifacts: Artifacts;
beforeAll(async () => {
  artifacts = await testArtifacts();
});

test("dispatches packets under Verulink's topic, with nothing indexed", () => {
  const event = new Interface(artifacts.AttestedBridge.abi).getEvent("PacketDispatched");
  expect(event?.topicHash).toBe("0x23b9e965d90a00cd3ad31e46b58592d41203f5789805c086b955e34ecd462eb9");
  expect(event?.inputs.map(({ indexed }) => indexed)).toEqual([false]);
});

describe.each(Object.entries(verulink) as [ContractName, string[]][])("%s", (name, fragments) => {
  test.each(fragments)("offers %s", (fragment) => {
    const ours = new Interface(artifacts[name].abi).fragments;
    const wanted = Interface.from([fragment]).fragments[0]?.format("minimal");
    expect(ours.map((candidate) => candidate.format("minimal"))).toContain(wanted);
  });
});

test("names the fields of a packet as Verulink does", () => {
  const ours = new Interface(artifacts.AttestedBridge.abi);
  const theirs = new Interface(verulink.AttestedBridge);
  const wanted = theirs.getEvent("PacketDispatched")?.format("full");
  expect(ours.getEvent("PacketDispatched")?.format("full")).toBe(wanted);
});
