import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonicalPacket, type DispatchedFields } from "../../../chain/source/canonicalPacket.ts";
import { misspelling } from "../../../shared/packet/index.ts";
import { evmAddress, unsignedInteger } from "../../shared/arbitraries.ts";

const service = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
const token = "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4";
const someone = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
const aleo = "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27";

const dispatched: DispatchedFields = {
  version: "1",
  sequence: "7",
  source: { chain_id: "1", address: service },
  destination: { chain_id: "2", address: service },
  message: { dest_token_address: token, sender_address: someone, amount: "10", receiver_address: someone },
  height: "100",
};
const between = { source: "evm", destination: "evm" } as const;
const toAleo = { source: "evm", destination: "aleo" } as const;
const withMessage = (message: Partial<DispatchedFields["message"]>) => ({
  ...dispatched,
  message: { ...dispatched.message, ...message },
});

const defectOf = (fields: DispatchedFields, families: Parameters<typeof canonicalPacket>[1] = between) => {
  const content = canonicalPacket(fields, families);
  return "defect" in content ? content.defect : undefined;
};

test("hands every address on in EIP-55, whichever correct spelling was dispatched", () => {
  const content = canonicalPacket(
    {
      ...withMessage({
        receiver_address: someone.toLowerCase(),
        dest_token_address: `0x${token.slice(2).toUpperCase()}`,
      }),
      destination: { chain_id: "2", address: service.toLowerCase() },
    },
    between,
  );
  expect(content).toMatchObject({
    packet: {
      destination: { chainId: 2n, address: service },
      message: { receiverAddress: someone, destTokenAddress: token, senderAddress: someone, amount: 10n },
    },
  });
});

test.each([
  ["an address", aleo],
  ["a field beyond the modulus", `${2n ** 253n}field`],
  ["a field with a leading zero", "05field"],
])("takes %s for no token of Aleo", (_what, dest_token_address) => {
  const fields = withMessage({ receiver_address: aleo, dest_token_address });
  const defect = defectOf({ ...fields, destination: { chain_id: "2", address: aleo } }, toAleo);
  expect(defect).toMatch(/^message.dest_token_address: is not a valid Aleo token id/);
});

test("leaves the addresses of an Aleo destination as they are", () => {
  const fields = withMessage({ receiver_address: aleo, dest_token_address: "5field" });
  const content = canonicalPacket({ ...fields, destination: { chain_id: "2", address: aleo } }, toAleo);
  expect(content).toMatchObject({ packet: { message: { receiverAddress: aleo } } });
});

describe("names the field that no packet can carry", () => {
  const tooLarge = (bits: number) => (1n << BigInt(bits)).toString();
  test.each<[string, DispatchedFields, string]>([
    ["a version beyond 8 bits", { ...dispatched, version: "256" }, "version: must be below 2^8"],
    ["a sequence beyond 64 bits", { ...dispatched, sequence: tooLarge(64) }, "sequence: must be below 2^64"],
    ["a height beyond 64 bits", { ...dispatched, height: tooLarge(64) }, "height: must be below 2^64"],
    ["an amount beyond 128 bits", withMessage({ amount: tooLarge(128) }), "message.amount: must be below 2^128"],
    ["an amount of 256 bits", withMessage({ amount: `${2n ** 256n - 1n}` }), "message.amount: must be below 2^128"],
    [
      "a chain id beyond 128 bits",
      { ...dispatched, destination: { chain_id: tooLarge(128), address: service } },
      "destination.chain_id: must be below 2^128",
    ],
    [
      "an empty receiver",
      withMessage({ receiver_address: "" }),
      "message.receiver_address: must be 1 to 128 printable ASCII characters",
    ],
    [
      "a receiver of 129 characters",
      withMessage({ receiver_address: "a".repeat(129) }),
      "message.receiver_address: must be 1 to 128 printable ASCII characters",
    ],
    [
      "a receiver of another chain",
      withMessage({ receiver_address: aleo }),
      "message.receiver_address: is not a valid EVM address",
    ],
    [
      "a receiver with a wrong checksum",
      withMessage({ receiver_address: someone.replace("B", "b") }),
      "message.receiver_address: is not a valid EVM address",
    ],
    [
      "a receiver with a blank behind it",
      withMessage({ receiver_address: `${someone} ` }),
      "message.receiver_address: is not a valid EVM address",
    ],
    [
      "a token that is none",
      withMessage({ dest_token_address: "0x12" }),
      "message.dest_token_address: is not a valid EVM address",
    ],
    [
      "a token service that is none",
      { ...dispatched, destination: { chain_id: "2", address: "bridge" } },
      "destination.address: is not a valid EVM address",
    ],
  ])("%s", (_what, fields, defect) => {
    expect(defectOf(fields)).toMatch(new RegExp(`^${defect.replaceAll(/[.^*]/g, "\\$&")}`));
  });

  test("a receiver that is no Aleo address where Aleo is the destination", () => {
    const fields = { ...withMessage({ dest_token_address: "5field" }), destination: { chain_id: "2", address: aleo } };
    expect(defectOf(fields, toAleo)).toMatch(/^message\.receiver_address: is not a valid Aleo address/);
  });
});

test("whatever is handed on has the dispatched numbers and one spelling", () => {
  const seed = Date.now() % 1_000_000;
  fc.assert(
    fc.property(
      evmAddress,
      evmAddress,
      unsignedInteger(128),
      unsignedInteger(64),
      (receiver, other, amount, sequence) => {
        const fields = withMessage({ receiver_address: receiver, dest_token_address: other, amount: `${amount}` });
        const content = canonicalPacket({ ...fields, sequence: `${sequence}` }, between);
        if ("defect" in content) throw new Error(content.defect);
        const { message } = content.packet;
        expect(content.packet.sequence).toBe(sequence);
        expect(message.amount).toBe(amount);
        expect(message.receiverAddress.toLowerCase()).toBe(receiver);
        expect(misspelling("evm", message.receiverAddress)).toBeUndefined();
        expect(misspelling("evm", message.destTokenAddress)).toBeUndefined();
      },
    ),
    { seed, numRuns: 100 },
  );
});
