import { beforeAll, expect, test } from "vitest";
import { describePacket, packetAnswer } from "../../cli/operate/describePacket.ts";
import { attestorAddress, remoteAddress } from "../../contracts/aleo/values.ts";
import { type AleoAccount, createBlocks } from "../../contracts/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import { routeToAleo } from "../chain/support/aleoWorld.ts";
import { bridgeIds } from "../chain/support/bridge.ts";
import { strangerKey } from "../chain/support/peers.ts";
import { useWorld } from "../chain/support/useWorld.ts";
import { type Bridge, deployBridge } from "./support/bridge.ts";
import { consumeInputs, type Slot } from "./support/consumeInputs.ts";
import { devnodeOfTheRun, openOwner } from "./support/node.ts";
import { evmUser } from "./support/packets.ts";

const scene = useWorld();
let account: AleoAccount;
/** Our program at the start of a route, and at the end of one. */
let watched: Bridge;
let target: Bridge;

beforeAll(async () => {
  account = openOwner();
  watched = await openBridge("watched_bridge", bridgeIds.source, bridgeIds.destination);
  target = await openBridge("target_bridge", bridgeIds.destination, bridgeIds.source);
});

/** A bridge that is in use: the account itself calls, in place of a service's program. */
async function openBridge(name: string, chainId: bigint, otherChainId: bigint): Promise<Bridge> {
  const bridge = await deployBridge(devnodeOfTheRun(), account, name, chainId);
  await accepted(bridge, "set_chain", `${otherChainId}u128`, "true");
  await accepted(bridge, "set_service", account.address, "true");
  await accepted(bridge, "set_paused", "false");
  return bridge;
}

async function accepted(bridge: Bridge, ...call: Parameters<Bridge["call"]>): Promise<void> {
  expect(await bridge.call(...call)).toMatchObject({ accepted: true });
}

async function devnodeChain(chainId: bigint) {
  const url = devnodeOfTheRun();
  const genesis = (await (await fetch(`${url}/testnet/block/0`)).json()) as { block_hash: string };
  return {
    name: "aleo",
    family: "aleo",
    chainId: chainId.toString(),
    network: "testnet",
    providers: [{ label: "devnode", url }],
    singleSource: "accepted",
    anchor: { number: 0, hash: genesis.block_hash },
    pollInterval: "200ms",
    timeout: "5s",
  };
}

async function publish(amount: bigint): Promise<void> {
  const { tokenService, token } = scene.bridge.sides[1];
  await accepted(
    watched,
    "publish",
    `${bridgeIds.destination}u128`,
    remoteAddress(tokenService),
    remoteAddress(token),
    account.address,
    remoteAddress(evmUser),
    `${amount}u128`,
  );
}

test("packets of the program on a real Aleo node are attested, and the EVM chain takes what was attested", async () => {
  const { world } = scene;
  const { settings } = world;
  settings.chains[0] = await devnodeChain(bridgeIds.source);
  settings.routes[0] = {
    ...settings.routes[0],
    name: "aleo-to-beta",
    source: { chain: "aleo", bridge: watched.where.program, tokenService: account.address, startHeight: 1 },
  };
  await publish(101n);
  await world.start();
  await world.reaches(1n, "delivered");
  await publish(102n);
  await createBlocks(devnodeOfTheRun(), 1);
  await world.reaches(2n, "delivered");
  await world.becomesReady();

  const [first, second] = world.signer.requests;
  expect(world.signer.requests.map(({ packet }) => packet.message.amount)).toEqual([101n, 102n]);
  expect(first?.packet).toMatchObject({
    version: 1,
    source: { chainId: bridgeIds.source, address: account.address },
    message: { senderAddress: account.address, receiverAddress: evmUser },
  });
  for (const request of [first, second]) if (request) await scene.bridge.withdraw(world.signer.attest(request));
  expect((await world.reaches(2n, "executed")).execution).toMatchObject({ vote: "white" });
});

test("a packet to the program on a real Aleo node is attested, and executed once a quorum's call has consumed it", async () => {
  const { world } = scene;
  const { signer } = world;
  const chain = await devnodeChain(bridgeIds.destination);
  const route = await routeToAleo(world, scene.bridge, { chain, where: target.where, service: account.address });
  await world.start();
  const [first, second] = [await route.transfer(account.address, 77n), await route.transfer(account.address, 78n)];
  await world.reaches(first.sequence, "delivered");
  await world.reaches(second.sequence, "delivered");

  const request = signer.requests.find(({ packet }) => packet.sequence === first.sequence);
  if (!request) throw new Error("the signer was not asked for the first packet");
  const quorum = [signer.attest(request), signer.attest(request, {}, strangerKey)];
  for (const [index, attestation] of quorum.entries()) {
    await accepted(target, "register_attestor", attestorAddress(attestation.signer), `${index + 1}u8`);
  }
  const slots = quorum.map(({ signature, signer }) => ({ signature: signature as Hex, signer }));
  const consume = (filled: readonly Slot[]) => target.call("consume", ...consumeInputs(request.packet, true, filled));
  expect(await consume(slots.slice(0, 1))).toMatchObject({ accepted: false });
  expect(await consume(slots)).toMatchObject({ accepted: true });
  expect(await consumed(first.sequence)).toBe("true");

  const executed = await world.reaches(first.sequence, "executed");
  expect(executed.execution).toEqual({ packetHash: null, vote: null });
  expect(executed.reason).toBeNull();
  const { body } = await world.control("GET", `/v1/packets/1/2/${first.sequence}`);
  expect(describePacket("first", packetAnswer.parse(body))).toContain(
    "which content and vote, this chain does not show",
  );
  expect(await consumed(second.sequence)).toBeUndefined();
  expect((await world.packet(second.sequence))?.state).toBe("delivered");
  await world.becomesReady();
});

const consumed = (sequence: bigint) =>
  target.read("in_packet_consumed", `{chain_id:${bridgeIds.source}u128,sequence:${sequence}u64}`);
