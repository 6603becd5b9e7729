import { beforeAll, describe, expect, it } from "vitest";
import { attestorAddress, remoteAddress } from "../../contracts/aleo/values.ts";
import { type AleoAccount, openAleoAccount } from "../../contracts/index.ts";
import { outPacket, parsePlaintext } from "../../shared/aleo/index.ts";
import { type Bridge, deployBridge } from "./support/bridge.ts";
import { devnodeOfTheRun, openOwner } from "./support/node.ts";
import { aleoChain, evmChain, evmService, evmToken, evmUser } from "./support/packets.ts";

let owner: AleoAccount;
let bridge: Bridge;

beforeAll(async () => {
  owner = openOwner();
  bridge = await deployBridge(devnodeOfTheRun(), owner, "owned_bridge");
});

/** Whether the VM went along with the owner's call. */
async function does(...call: Parameters<Bridge["call"]>): Promise<boolean> {
  return (await bridge.call(...call)).accepted;
}

const [first, second, third] = ["11", "22", "33"].map((byte) => attestorAddress(`0x${byte.repeat(20)}`)) as [
  string,
  string,
  string,
];
const nobody = attestorAddress(`0x${"00".repeat(20)}`);
const settings = () => Promise.all(["1u8", "2u8", "3u8"].map((key) => bridge.read("bridge_settings", key)));

const publish = (service = evmService) =>
  does(
    "publish",
    `${evmChain}u128`,
    remoteAddress(service),
    remoteAddress(evmToken),
    owner.address,
    remoteAddress(evmUser),
    "1000000u128",
  );

describe("a new bridge on Aleo", () => {
  it("belongs to who deployed it, is paused and has no attestors", async () => {
    expect(await bridge.read("bridge_owner", "true")).toBe(owner.address);
    expect(await settings()).toEqual([undefined, undefined, "0u8"]);
  });

  it("keeps its threshold a majority of its attestors at every change", async () => {
    expect(await does("register_attestor", first, "0u8")).toBe(false);
    expect(await does("register_attestor", first, "2u8")).toBe(false);
    expect(await does("register_attestor", nobody, "1u8")).toBe(false);
    expect(await does("register_attestor", first, "1u8")).toBe(true);
    expect(await does("register_attestor", first, "2u8")).toBe(false);
    expect(await does("register_attestor", second, "1u8")).toBe(false);
    expect(await does("register_attestor", second, "2u8")).toBe(true);
    expect(await does("register_attestor", third, "2u8")).toBe(true);
    expect(await does("set_threshold", "1u8")).toBe(false);
    expect(await does("set_threshold", "4u8")).toBe(false);
    expect(await does("set_threshold", "3u8")).toBe(true);
    expect(await does("remove_attestor", third, "3u8")).toBe(false);
    expect(await does("remove_attestor", third, "2u8")).toBe(true);
    expect(await does("remove_attestor", third, "1u8")).toBe(false);
    expect(await settings()).toEqual(["2u8", "2u8", "0u8"]);
    expect(await bridge.read("eth_attestors", third)).toBeUndefined();
    expect(await bridge.read("eth_attestors", first)).toBe("true");
  });

  it("publishes only when it is not paused, for a supported service, to a supported chain", async () => {
    expect(await does("set_chain", `${evmChain}u128`, "true")).toBe(true);
    expect(await does("set_service", owner.address, "true")).toBe(true);
    expect(await publish()).toBe(false);
    expect(await does("set_paused", "false")).toBe(true);
    expect(await publish()).toBe(true);
    expect(await does("set_chain", `${evmChain}u128`, "false")).toBe(true);
    expect(await publish()).toBe(false);
    expect(await does("set_chain", `${evmChain}u128`, "true")).toBe(true);
    expect(await does("set_service", owner.address, "false")).toBe(true);
    expect(await publish()).toBe(false);
    expect(await does("set_service", owner.address, "true")).toBe(true);
    expect(await publish()).toBe(true);
  });

  it("numbers what it publishes without a gap, and keeps it as our reader of packets expects it", async () => {
    expect(await bridge.read("sequences", `${evmChain}u128`)).toBe("3u64");
    const stored = await bridge.read("out_packets", `{chain_id:${evmChain}u128,sequence:2u64}`);
    const packet = outPacket(parsePlaintext(stored ?? "", "packet"));
    expect(packet).toMatchObject({
      version: 1,
      sequence: 2n,
      source: { chainId: aleoChain, address: owner.address },
      destination: { chainId: evmChain, address: evmService },
      message: {
        senderAddress: owner.address,
        destTokenAddress: evmToken,
        amount: 1_000_000n,
        receiverAddress: evmUser,
      },
    });
    expect(await bridge.read("out_packets", `{chain_id:${evmChain}u128,sequence:3u64}`)).toBeUndefined();
  });

  it("obeys its owner alone, and a new one once it has one", async () => {
    const stranger = openAleoAccount(devnodeOfTheRun(), strangerKey);
    await fund(stranger.address);
    const byStranger = async (name: string, ...inputs: string[]) =>
      (await stranger.call({ program: bridge.text, function: name, inputs })).accepted;
    const calls: [string, ...string[]][] = [
      ["register_attestor", third, "2u8"],
      ["remove_attestor", second, "1u8"],
      ["set_threshold", "2u8"],
      ["set_chain", "7u128", "true"],
      ["set_service", stranger.address, "true"],
      ["set_paused", "true"],
      ["set_owner", stranger.address],
    ];
    for (const call of calls) expect(await byStranger(...call), call[0]).toBe(false);
    expect(await does("set_owner", stranger.address)).toBe(true);
    expect(await does("set_paused", "true")).toBe(false);
    expect(await byStranger("set_paused", "true")).toBe(true);
    expect(await settings()).toEqual(["2u8", "2u8", "0u8"]);
  });
});

/** The key of a published test of Aleo's own, with nothing on it but what this test gives it. */
const strangerKey = "APrivateKey1zkp5TBwT1HrfGvHtBYqDnA2rk6Qv3Kk9eTeW8ZpaPTpCiFq";

async function fund(address: string): Promise<void> {
  const response = await fetch(`${devnodeOfTheRun()}/testnet/program/credits.aleo`);
  const credits = (await response.json()) as string;
  const inputs = [address, "50000000u64"];
  const { accepted } = await owner.call({ program: credits, function: "transfer_public", inputs });
  if (!accepted) throw new Error("the stranger got no credits");
}
