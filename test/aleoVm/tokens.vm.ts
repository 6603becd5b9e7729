import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestorAddress, remoteAddress } from "../../contracts/aleo/values.ts";
import { type AleoAccount, programAddress, tokenServiceProgram } from "../../contracts/index.ts";
import { verulinkAleoEcdsa } from "../../shared/aleo/index.ts";
import type { VerdictResult } from "../../shared/digest/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { type Attestors, createAttestors } from "./support/attestors.ts";
import { type Bridge, deployBridge, readMapping } from "./support/bridge.ts";
import { consumeInputs } from "./support/consumeInputs.ts";
import { devnodeOfTheRun, openOwner } from "./support/node.ts";
import { aleoToken, evmChain, evmService, evmToken, evmUser, inPacket } from "./support/packets.ts";

const service = "service_of_tokens.aleo";
let account: AleoAccount;
let bridge: Bridge;
let attestors: Attestors;
let text: string;

beforeAll(async () => {
  account = openOwner();
  attestors = await createAttestors(1);
  bridge = await deployBridge(devnodeOfTheRun(), account, "service_bridge");
  text = tokenServiceProgram({ program: service, bridge: bridge.where.program });
  expect(await account.deploy(text, { [bridge.where.program]: bridge.text })).toMatchObject({ accepted: true });
  const calls: [string, ...string[]][] = [
    ["register_attestor", attestorAddress(attestors.addresses[0] ?? ""), "1u8"],
    ["set_chain", `${evmChain}u128`, "true"],
    ["set_service", programAddress(service), "true"],
    ["set_paused", "false"],
  ];
  for (const call of calls) expect(await bridge.call(...call)).toMatchObject({ accepted: true });
  const remote = [`${evmChain}u128`, remoteAddress(evmService), aleoToken, remoteAddress(evmToken)];
  expect(await onService("set_remote", ...remote)).toBe(true);
});

afterAll(() => attestors.remove());

async function onService(name: string, ...inputs: string[]): Promise<boolean> {
  const imports = { [bridge.where.program]: bridge.text };
  return (await account.call({ program: text, function: name, inputs, imports })).accepted;
}

async function receives(packet: Packet, verdict: VerdictResult, claimed = verdict === "white"): Promise<boolean> {
  const slot = await attestors.sign(0, verulinkAleoEcdsa(bridge.where)(packet, verdict).digest);
  return onService("consume", ...consumeInputs(packet, claimed, [slot]));
}

const packet = (sequence: bigint) => inPacket(programAddress(service), account.address, sequence);
const amounts = () =>
  Promise.all(
    ["balances", "held"].map((mapping) =>
      readMapping(devnodeOfTheRun(), service, mapping, `{token:${aleoToken},account:${account.address}}`),
    ),
  );

describe("a token service on Aleo", () => {
  it("credits what a quorum let through, and nothing where the bridge refuses", async () => {
    expect(await receives(packet(1n), "flagged", true)).toBe(false);
    expect(await amounts()).toEqual([undefined, undefined]);
    expect(await receives(packet(1n), "white")).toBe(true);
    expect(await receives(packet(1n), "white")).toBe(false);
    expect(await amounts()).toEqual(["102u128", "0u128"]);
  });

  it("holds what was flagged for its receiver", async () => {
    expect(await receives(packet(2n), "flagged")).toBe(true);
    expect(await amounts()).toEqual(["102u128", "102u128"]);
  });

  it("takes no packet of another service at the other end, though attestors signed it", async () => {
    const other = { ...packet(3n), source: { chainId: evmChain, address: evmUser } };
    expect(await receives(other, "white")).toBe(false);
    expect(await bridge.read("in_packet_consumed", `{chain_id:${evmChain}u128,sequence:3u64}`)).toBeUndefined();
  });

  it("sends what the sender has, and no more", async () => {
    const send = (amount: bigint) =>
      onService(
        "send",
        `${evmChain}u128`,
        remoteAddress(evmService),
        remoteAddress(evmToken),
        aleoToken,
        remoteAddress(evmUser),
        `${amount}u128`,
      );
    expect(await send(103n)).toBe(false);
    expect(await bridge.read("sequences", `${evmChain}u128`)).toBeUndefined();
    expect(await send(100n)).toBe(true);
    expect(await amounts()).toEqual(["2u128", "102u128"]);
    const stored = await bridge.read("out_packets", `{chain_id:${evmChain}u128,sequence:1u64}`);
    expect(stored).toContain(`addr:${programAddress(service)}}`);
    expect(stored).toContain(`sender_address:${account.address},`);
  });
});
