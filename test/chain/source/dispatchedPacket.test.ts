import { concat, Interface, solidityPackedKeccak256 } from "ethers";
import { describe, expect, test } from "vitest";
import { decodeDispatched, dispatchTopic } from "../../../chain/source/evm/dispatchedPacket.ts";
import { bridgeAbi } from "../../../shared/evm/index.ts";

const bridge = new Interface(bridgeAbi);
const largest = 2n ** 256n - 1n;
const service = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
const someone = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

type OutPacket = [bigint, bigint, [bigint, string], [bigint, string], [string, string, bigint, string], bigint];
const packet: OutPacket = [
  1n,
  7n,
  [1n, service],
  [2n, "dest service"],
  [someone, "dest token", 10n, "a receiver"],
  100n,
];

function logData(values: OutPacket): string {
  return bridge.encodeEventLog("PacketDispatched", [values]).data;
}

test("knows the event by the topic that follows from the ABI", () => {
  expect(dispatchTopic).toBe("0x23b9e965d90a00cd3ad31e46b58592d41203f5789805c086b955e34ecd462eb9");
});

test("reads every field as the event has it", () => {
  expect(decodeDispatched(logData(packet))).toMatchObject({
    sequence: 7n,
    fields: {
      version: "1",
      sequence: "7",
      source: { chain_id: "1", address: service },
      destination: { chain_id: "2", address: "dest service" },
      message: {
        sender_address: someone,
        dest_token_address: "dest token",
        amount: "10",
        receiver_address: "a receiver",
      },
      height: "100",
    },
  });
});

test("keeps integers of 256 bits whole", () => {
  const decoded = decodeDispatched(
    logData([largest, largest, [largest, service], [largest, "x"], [someone, "t", largest, "r"], largest]),
  );
  const text = largest.toString();
  expect(decoded?.sequence).toBe(largest);
  expect(decoded?.fields).toMatchObject({ version: text, sequence: text, height: text, message: { amount: text } });
  expect(decoded?.exact).toMatchObject({ message: { amount: text } });
});

test("hashes what the contract hashes", () => {
  const types = ["uint256", "uint256", "uint256", "address", "uint256", "string"];
  types.push("address", "string", "uint256", "string", "uint256");
  const values = [1, 7, 1, service, 2, "dest service", someone, "dest token", 10, "a receiver", 100];
  expect(decodeDispatched(logData(packet))?.hash).toBe(solidityPackedKeccak256(types, values));
});

describe("a text that is no printable ASCII", () => {
  /** The data of a log whose receiver holds any bytes: bytes and string have one encoding. */
  const withReceiver = (bytes: string) => {
    const raw = new Interface([String(bridgeAbi[0]).replaceAll("string ", "bytes ")]);
    const hex = (text: string) => `0x${Buffer.from(text).toString("hex")}`;
    const [version, sequence, source, [chainId, address], [sender, token, amount], height] = packet;
    const message = [sender, hex(token), amount, bytes];
    return raw.encodeEventLog("PacketDispatched", [
      [version, sequence, source, [chainId, hex(address)], message, height],
    ]).data;
  };
  test.each([
    ["no UTF-8", "0xff00fe"],
    ["a new line", "0x610a"],
    ["an umlaut", "0xc3a4"],
    ["empty", "0x"],
  ])("%s: is kept by its bytes and emptied for the packet", (_what, bytes) => {
    const decoded = decodeDispatched(withReceiver(bytes));
    expect(decoded?.exact).toMatchObject({ message: { receiver_address: { bytes } } });
    expect(decoded?.fields.message.receiver_address).toBe("");
  });

  test("still has its hash", () => {
    const [one, other] = [decodeDispatched(withReceiver("0xff00fe")), decodeDispatched(withReceiver("0xff00ff"))];
    expect(one?.hash).not.toBe(other?.hash);
  });
});

test("refuses data that is not the event's", () => {
  const good = logData(packet);
  expect(decodeDispatched("0x")).toBeUndefined();
  expect(decodeDispatched(good.slice(0, 66))).toBeUndefined();
  expect(decodeDispatched(good.slice(0, -64))).toBeUndefined();
  // the source's token service: its 20 bytes stand in the 5th word (after the tuple's offset and four words)
  const word = 2 + 64 * 4;
  const wideAddress = concat([good.slice(0, word), `0x${"ff".repeat(32)}`, `0x${good.slice(word + 64)}`]);
  expect(decodeDispatched(wideAddress)).toBeUndefined();
});
