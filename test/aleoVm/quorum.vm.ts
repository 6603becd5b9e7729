import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestorAddress } from "../../contracts/aleo/values.ts";
import type { AleoAccount } from "../../contracts/index.ts";
import { type AleoProgram, verulinkAleoEcdsa } from "../../shared/aleo/index.ts";
import { aleoEcdsaSchemeName, type Hex, type VerdictResult } from "../../shared/digest/index.ts";
import type { Packet } from "../../shared/packet/index.ts";
import { keeperOf, specOf } from "../hsm/support/keepers.ts";
import { type Attestors, createAttestors } from "./support/attestors.ts";
import { type Bridge, deployBridge } from "./support/bridge.ts";
import { consumeInputs, type Slot } from "./support/consumeInputs.ts";
import { devnodeOfTheRun, openOwner } from "./support/node.ts";
import { aleoChain, evmChain, inPacket } from "./support/packets.ts";
import { malformed, withHighS, withOtherV, withSmallV } from "./support/spoiltSignatures.ts";

let account: AleoAccount;
let bridge: Bridge;
let attestors: Attestors;

/** Three registered attestors, of whom two are the threshold, and a fourth key that nobody registered. */
beforeAll(async () => {
  account = openOwner();
  attestors = await createAttestors(4);
  bridge = await deployBridge(devnodeOfTheRun(), account, "quorum_bridge");
  for (const [address, threshold] of attestors.addresses.slice(0, 3).map((text, index) => [text, [1, 2, 2][index]])) {
    await accepted("register_attestor", attestorAddress(`${address}`), `${threshold}u8`);
  }
  await accepted("set_chain", `${evmChain}u128`, "true");
  await accepted("set_service", account.address, "true"); // the account itself calls, in place of a service's program
  await accepted("set_paused", "false");
});

afterAll(() => attestors.remove());

async function accepted(...call: Parameters<Bridge["call"]>): Promise<void> {
  expect(await bridge.call(...call)).toMatchObject({ accepted: true });
}

const packet = (sequence: bigint) => inPacket(account.address, account.address, sequence);

/** What the attestor at that place signs for a packet, as our own code makes it. */
function attested(
  index: number,
  of: Packet,
  verdict: VerdictResult = "white",
  where: AleoProgram = bridge.where,
): Promise<Slot> {
  return attestors.sign(index, verulinkAleoEcdsa(where)(of, verdict).digest);
}

const slots = (of: Packet, indexes: readonly number[], ...rest: [VerdictResult?, AleoProgram?]): Promise<Slot[]> =>
  Promise.all(indexes.map((index) => attested(index, of, ...rest)));

/** Consumes, and tells whether the VM went along. */
async function consumes(of: Packet, passed: boolean, filled: readonly Slot[]): Promise<boolean> {
  return (await bridge.call("consume", ...consumeInputs(of, passed, filled))).accepted;
}

const isConsumed = (sequence: bigint) =>
  bridge.read("in_packet_consumed", `{chain_id:${evmChain}u128,sequence:${sequence}u64}`);

describe("a quorum of HSM signatures on the Aleo VM", () => {
  it("lets a packet be consumed once, with the status that it signed, and never again", async () => {
    const first = packet(1n);
    const quorum = await slots(first, [0, 1]);
    expect(await isConsumed(1n)).toBeUndefined();
    expect(await consumes(first, true, quorum)).toBe(true);
    expect(await isConsumed(1n)).toBe("true");
    expect(await consumes(first, true, quorum)).toBe(false);
    expect(await consumes(first, true, await slots(first, [1, 2]))).toBe(false);
    expect(await consumes(first, false, await slots(first, [0, 1, 2], "flagged"))).toBe(false);
  });

  it("counts in any order and in any slot, three of three as well", async () => {
    const second = packet(2n);
    const [a, b, c] = await slots(second, [0, 1, 2]);
    if (!a || !b || !c) throw new Error("three slots expected");
    const unregistered = await attested(3, second);
    expect(await consumes(second, true, [unregistered, c, a, b])).toBe(true);
  });

  it("consumes a flagged packet as one whose screening failed, and only so", async () => {
    const third = packet(3n);
    const quorum = await slots(third, [0, 2], "flagged");
    expect(await consumes(third, true, quorum)).toBe(false);
    expect(await consumes(third, false, quorum)).toBe(true);
  });

  it("counts both forms of v, and a twin with high s too: the VM takes it, so signatures are no identities", async () => {
    const fourth = packet(4n);
    const [a, b] = await slots(fourth, [0, 1]);
    if (!a || !b) throw new Error("two slots expected");
    const changed = [
      { ...a, signature: withSmallV(a.signature) },
      { ...b, signature: withHighS(b.signature) },
    ];
    expect(await consumes(fourth, true, changed)).toBe(true);
  });
});

describe("what the keeper signs by the scheme of the bridge's name", () => {
  it("is a quorum on the Aleo VM, as the collector makes the call ready", async () => {
    const { hsm } = attestors;
    const keys = [0, 1].map((index) =>
      specOf(hsm, index, { scheme: aleoEcdsaSchemeName(bridge.where), destination: aleoChain }),
    );
    const keeper = await keeperOf(hsm, { keys });
    try {
      const fifth = packet(5n);
      const signed = await Promise.all(
        keys.map(async ({ name }, index) => ({
          signature: (await keeper.attest({ key: name, packet: fifth, verdict: "flagged" })).signature as Hex,
          signer: attestors.addresses[index] ?? "",
        })),
      );
      expect(await consumes(fifth, true, signed)).toBe(false);
      expect(await consumes(fifth, false, signed)).toBe(true);
    } finally {
      await keeper.close();
    }
  });
});

describe("the Aleo VM refuses", () => {
  const sequence = 10n;
  let target: Packet;
  beforeAll(() => {
    target = packet(sequence);
  });
  afterAll(async () => {
    // All of it was refused for the reason that each test gives, and not because such a packet cannot be consumed.
    expect(await isConsumed(sequence)).toBeUndefined();
    expect(await consumes(target, true, await slots(target, [0, 1]))).toBe(true);
  });

  it("one signature of the two that it takes", async () => {
    expect(await consumes(target, true, await slots(target, [0]))).toBe(false);
  });

  it("another screening status than the signed one, and signatures that are split over both", async () => {
    expect(await consumes(target, false, await slots(target, [0, 1, 2]))).toBe(false);
    const split = [await attested(0, target, "white"), await attested(1, target, "flagged")];
    expect(await consumes(target, true, split)).toBe(false);
    expect(await consumes(target, false, split)).toBe(false);
  });

  it("signatures for another program, and for the same program on another network", async () => {
    const others: AleoProgram[] = [
      { network: "testnet", program: "other_bridge.aleo" },
      { network: "mainnet", program: bridge.where.program },
    ];
    for (const where of others) {
      expect(await consumes(target, true, await slots(target, [0, 1, 2], "white", where))).toBe(false);
    }
  });

  it("keys that nobody registered", async () => {
    expect(await consumes(target, true, await slots(target, [0, 3]))).toBe(false);
  });

  it("an attestor's address beside somebody else's signature", async () => {
    const [own, other] = await slots(target, [0, 3]);
    if (!own || !other) throw new Error("two slots expected");
    const borrowed = { signature: other.signature, signer: attestors.addresses[1] ?? "" };
    expect(await consumes(target, true, [own, borrowed])).toBe(false);
    expect(await consumes(target, true, [own, { ...other, signature: withOtherV(other.signature) }])).toBe(false);
  });

  it("one attestor in two slots, even where two others make the threshold without it", async () => {
    const [a, b] = await slots(target, [0, 1]);
    if (!a || !b) throw new Error("two slots expected");
    expect(await consumes(target, true, [a, a])).toBe(false);
    expect(await consumes(target, true, [a, { ...a, signature: withHighS(a.signature) }])).toBe(false);
    expect(await consumes(target, true, [a, b, a])).toBe(false);
  });

  it.each([
    ["amount", (of: Packet) => ({ ...of, message: { ...of.message, amount: of.message.amount + 1n } })],
    ["receiver", (of: Packet) => ({ ...of, message: { ...of.message, receiverAddress: zeroAddress } })],
    ["sequence", (of: Packet) => ({ ...of, sequence: of.sequence + 1n })],
    ["height", (of: Packet) => ({ ...of, height: of.height + 1n })],
    ["source", (of: Packet) => ({ ...of, source: { ...of.source, address: `0x${"11".repeat(20)}` } })],
  ])("another %s than the signed one", async (_field, changed) => {
    expect(await consumes(changed(target), true, await slots(target, [0, 1, 2]))).toBe(false);
  });

  it("a packet that was signed for another service: what is hashed is who calls", async () => {
    const elsewhere = { ...target, destination: { ...target.destination, address: zeroAddress } };
    expect(await consumes(target, true, await slots(elsewhere, [0, 1, 2]))).toBe(false);
  });

  it("a packet of another version: the program's own is hashed", async () => {
    expect(await consumes(target, true, await slots({ ...target, version: 2 }, [0, 1, 2]))).toBe(false);
  });

  it.each(Object.keys(malformed))("the whole transaction where an unused slot holds %s", async (name) => {
    const [a, b, c] = await slots(target, [0, 1, 2]);
    if (!a || !b || !c) throw new Error("three slots expected");
    const spoilt = { signature: malformed[name]?.(c.signature) ?? "0x", signer: zeroHex };
    expect(await consumes(target, true, [a, b, spoilt])).toBe(false);
  });
});

const zeroAddress = "aleo1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq3ljyzc";
const zeroHex = `0x${"00".repeat(20)}`;
