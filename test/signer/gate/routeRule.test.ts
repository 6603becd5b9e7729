import { describe, expect, it } from "vitest";
import { findRoute, routeRule } from "../../../signer/gate/routeRule.ts";
import { addresses, type PacketChanges, sampleClient, samplePacket, sampleRequest, sampleRoute } from "../samples.ts";

const lower = (address: string) => address.toLowerCase();
const upper = (address: string) => `0x${address.slice(2).toUpperCase()}`;

function judge(packet: PacketChanges, route = sampleRoute()) {
  return routeRule.judge({ client: sampleClient(), request: sampleRequest(packet), route });
}

describe("the route rule lets through", () => {
  it.each<[string, PacketChanges, ReturnType<typeof sampleRoute>]>([
    ["the sample packet", {}, sampleRoute()],
    ["the first sequence of the route", { sequence: 5n }, sampleRoute({ startSequence: 5n })],
    ["each version that the route lists", { version: 2 }, sampleRoute({ versions: [1, 2] })],
    ["the largest integers", { sequence: 2n ** 64n - 1n, message: { amount: 2n ** 128n - 1n } }, sampleRoute()],
    [
      "Aleo addresses on an Aleo source",
      { source: { chainId: 1n, address: addresses.aleo }, message: { senderAddress: addresses.aleo } },
      sampleRoute({ source: { chainId: 1n, family: "aleo", tokenService: addresses.aleo } }),
    ],
    [
      "a token that the route lists",
      {},
      sampleRoute({ tokens: [{ source: addresses.sender, destination: addresses.token }] }),
    ],
  ])("%s", async (_what, packet, route) => {
    expect(await judge(packet, route)).toEqual({ decision: "pass" });
  });
});

describe("the route rule denies", () => {
  it.each<[string, PacketChanges, string, string]>([
    ["an unknown version", { version: 2 }, "packet.version", "is not a version that this route knows"],
    ["version 0", { version: 0 }, "packet.version", "is not a version that this route knows"],
    [
      "a foreign source contract",
      { source: { chainId: 1n, address: addresses.token } },
      "packet.source.address",
      "is not the route's token service",
    ],
    [
      "a foreign destination contract",
      { destination: { chainId: 2n, address: addresses.token } },
      "packet.destination.address",
      "is not the route's token service",
    ],
    [
      "the right source contract in lower case",
      { source: { chainId: 1n, address: lower(addresses.sourceService) } },
      "packet.source.address",
      "is not in EIP-55 spelling",
    ],
    [
      "the right destination contract in upper case",
      { destination: { chainId: 2n, address: upper(addresses.destinationService) } },
      "packet.destination.address",
      "is not in EIP-55 spelling",
    ],
    [
      "a sender in lower case",
      { message: { senderAddress: lower(addresses.sender) } },
      "packet.message.sender_address",
      "is not in EIP-55 spelling",
    ],
    [
      "a sender of another family",
      { message: { senderAddress: addresses.aleo } },
      "packet.message.sender_address",
      "is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    [
      "a token with a wrong checksum",
      { message: { destTokenAddress: addresses.token.replace("c9788", "C9788") } },
      "packet.message.dest_token_address",
      "is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    [
      "a receiver of 19 bytes",
      { message: { receiverAddress: addresses.receiver.slice(0, -2) } },
      "packet.message.receiver_address",
      "is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    [
      "a receiver with a blank at the end",
      { message: { receiverAddress: `${addresses.receiver} ` } },
      "packet.message.receiver_address",
      "is not a valid EVM address (0x and 40 hex digits, EIP-55)",
    ],
    ["a sequence below the route's start", { sequence: 4n }, "packet.sequence", "is below the route's start"],
  ])("%s", async (_what, packet, field, why) => {
    expect(await judge(packet, sampleRoute({ startSequence: 5n }))).toMatchObject({
      decision: "deny",
      reason: `${field} ${why}`,
      inputs: { route: "one-to-two", field },
    });
  });

  it("an Aleo address with a wrong checksum", async () => {
    const route = sampleRoute({ source: { chainId: 1n, family: "aleo", tokenService: addresses.aleo } });
    const senderAddress = addresses.aleo.replace("fg8y", "fg8q");
    const packet = { source: { chainId: 1n, address: addresses.aleo }, message: { senderAddress } };
    expect(await judge(packet, route)).toMatchObject({
      decision: "deny",
      reason: "packet.message.sender_address is not a valid Aleo address (aleo1…, bech32m, a point of the group)",
    });
  });
});

describe("finding a packet's route", () => {
  const routes = [sampleRoute(), sampleRoute({ name: "other", deployment: "other" })];

  it("needs deployment, source and destination to agree", () => {
    const { source, destination } = samplePacket();
    expect(findRoute(routes, "local", samplePacket())?.name).toBe("one-to-two");
    expect(findRoute(routes, "other", samplePacket())?.name).toBe("other");
    expect(findRoute(routes, "none", samplePacket())).toBeUndefined();
    expect(findRoute(routes, "local", samplePacket({ source: { ...source, chainId: 3n } }))).toBeUndefined();
    expect(findRoute(routes, "local", samplePacket({ destination: { ...destination, chainId: 1n } }))).toBeUndefined();
    expect(findRoute([], "local", samplePacket())).toBeUndefined();
  });
});

it("the route rule denies a token that the route does not list", async () => {
  const route = sampleRoute({ tokens: [{ source: addresses.token, destination: addresses.receiver }] });
  expect(await judge({}, route)).toMatchObject({
    decision: "deny",
    reason: "packet.message.dest_token_address is not a token that may be sent on this route",
    inputs: { route: "one-to-two", field: "packet.message.dest_token_address", found: addresses.token },
  });
});
