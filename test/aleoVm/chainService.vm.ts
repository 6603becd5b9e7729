import { beforeAll, beforeEach, expect, test } from "vitest";
import { remoteAddress } from "../../contracts/aleo/values.ts";
import { type AleoAccount, createBlocks } from "../../contracts/index.ts";
import { bridgeIds } from "../chain/support/bridge.ts";
import { useWorld } from "../chain/support/useWorld.ts";
import { type Bridge, deployBridge } from "./support/bridge.ts";
import { devnodeOfTheRun, openOwner } from "./support/node.ts";
import { evmUser } from "./support/packets.ts";

const scene = useWorld();
let account: AleoAccount;
let bridge: Bridge;

beforeAll(async () => {
  account = openOwner();
  bridge = await deployBridge(devnodeOfTheRun(), account, "watched_bridge", bridgeIds.source);
  const calls: [string, ...string[]][] = [
    ["set_chain", `${bridgeIds.destination}u128`, "true"],
    ["set_service", account.address, "true"],
    ["set_paused", "false"],
  ];
  for (const call of calls) expect(await bridge.call(...call)).toMatchObject({ accepted: true });
});

/** The route of the world starts in our program on the node, and ends on its EVM chain. */
beforeEach(async () => {
  const url = devnodeOfTheRun();
  const genesis = (await (await fetch(`${url}/testnet/block/0`)).json()) as { block_hash: string };
  const { settings } = scene.world;
  settings.chains[0] = {
    name: "aleo",
    family: "aleo",
    chainId: bridgeIds.source.toString(),
    network: "testnet",
    providers: [{ label: "devnode", url }],
    singleSource: "accepted",
    anchor: { number: 0, hash: genesis.block_hash },
    pollInterval: "200ms",
    timeout: "5s",
  };
  settings.routes[0] = {
    ...settings.routes[0],
    name: "aleo-to-beta",
    source: { chain: "aleo", bridge: bridge.where.program, tokenService: account.address, startHeight: 1 },
  };
});

async function publish(amount: bigint): Promise<void> {
  const { tokenService, token } = scene.bridge.sides[1];
  const receipt = await bridge.call(
    "publish",
    `${bridgeIds.destination}u128`,
    remoteAddress(tokenService),
    remoteAddress(token),
    account.address,
    remoteAddress(evmUser),
    `${amount}u128`,
  );
  expect(receipt).toMatchObject({ accepted: true });
}

test("packets of the program on a real Aleo node are attested, and the EVM chain takes what was attested", async () => {
  const { world } = scene;
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
