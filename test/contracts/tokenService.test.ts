import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MaxUint256 } from "ethers";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readSources } from "../../contracts/compileContracts.ts";
import { compileSources } from "../../contracts/solidityCompiler.ts";
import { vote } from "./attesting.ts";
import { openStage, type Stage } from "./bridgeFixture.ts";
import { type ContractUnderTest, deploy } from "./contractUnderTest.ts";
import type { InPacket } from "./packets.ts";
import {
  attested,
  dispatchedPacket,
  pairOn,
  type SideUnderTest,
  transferData,
  withdrawData,
} from "./tokenServiceFixture.ts";

const { yea, nay } = vote;

let stage: Stage;
let here: SideUnderTest;
let there: SideUnderTest;
let sender: string;
let receiver: string;
beforeAll(async () => {
  stage = await openStage();
  [here, there] = await pairOn(stage);
  sender = await stage.stranger.getAddress();
  receiver = await stage.service.getAddress();
  await here.token.send(stage.stranger, "mint", sender, 10n ** 18n);
  await here.token.send(stage.stranger, "approve", here.deployed.tokenService, MaxUint256);
});
afterAll(() => stage?.anvil.close());

describe("transfer", () => {
  test("locks the sender's tokens and dispatches what it locked", async () => {
    const before = await here.token.read("balanceOf", here.deployed.tokenService);
    const receipt = await here.tokenService.send(stage.stranger, "transfer", here.deployed.token, 1000n, receiver);

    expect(dispatchedPacket(here, receipt)).toEqual({
      version: 1n,
      sequence: await here.bridge.read("sequence"),
      sourceTokenService: { chainId: 1n, addr: here.deployed.tokenService },
      destTokenService: { chainId: 2n, addr: there.deployed.tokenService },
      message: {
        senderAddress: sender,
        destTokenAddress: there.deployed.token,
        amount: 1000n,
        receiverAddress: receiver,
      },
      height: BigInt(receipt.blockNumber),
    });
    expect(await here.token.read("balanceOf", here.deployed.tokenService)).toBe((before as bigint) + 1000n);
  });

  test.each(["", "nobody", "0x1234", "0xBD31ba048373A07bE0357B7Ad3182F4206c8064d", "наверх"])(
    "dispatches the receiver %j as it is written",
    async (text) => {
      const receipt = await here.tokenService.send(stage.stranger, "transfer", here.deployed.token, 1n, text);
      expect(dispatchedPacket(here, receipt).message.receiverAddress).toBe(text);
    },
  );

  test("refuses a token it does not support and tokens the sender does not have", async () => {
    const { tokenService, deployed } = here;
    expect(await tokenService.refusal(stage.stranger, "transfer", there.deployed.token, 1n, receiver)).toBe(
      "TokenNotSupported",
    );
    const tooMuch = 2n * 10n ** 18n;
    await expect(tokenService.send(stage.stranger, "transfer", deployed.token, tooMuch, receiver)).rejects.toThrow(
      /OVERFLOW/,
    );
  });
});

describe("withdraw", () => {
  test("pays the receiver on YEA, once", async () => {
    const packet = await arriving(250n);
    const signed = await attested(there, packet, yea, yea);
    const before = (await there.token.read("balanceOf", receiver)) as bigint;

    await there.tokenService.send(stage.owner, "withdraw", packet, signed);

    expect(await there.token.read("balanceOf", receiver)).toBe(before + 250n);
    expect(await there.holding.read("locked", receiver, there.deployed.token)).toBe(0n);
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("PacketAlreadyConsumed");
  });

  test("locks the amount for the receiver on NAY, and pays nothing", async () => {
    const packet = await arriving(70n);
    const before = await there.token.read("balanceOf", receiver);

    await there.tokenService.send(stage.owner, "withdraw", packet, await attested(there, packet, nay, nay));

    expect(await there.token.read("balanceOf", receiver)).toBe(before);
    expect(await there.token.read("balanceOf", there.deployed.holding)).toBe(70n);
    expect(await there.holding.read("locked", receiver, there.deployed.token)).toBe(70n);
    expect(await there.bridge.read("isPacketConsumed", packet.sequence)).toBe(true);
  });

  test("refuses a split vote and leaves the packet for a better one", async () => {
    const packet = await arriving(5n);
    const split = await attested(there, packet, yea, nay);
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, split)).toBe("NoQuorum");
    await expect(there.tokenService.send(stage.owner, "withdraw", packet, split)).rejects.toThrow();
    expect(await there.bridge.read("isPacketConsumed", packet.sequence)).toBe(false);

    await there.tokenService.send(stage.owner, "withdraw", packet, await attested(there, packet, yea, nay, yea));
    expect(await there.bridge.read("isPacketConsumed", packet.sequence)).toBe(true);
  });

  test("refuses signatures of keys that serve the other direction", async () => {
    const packet = await arriving(5n);
    const signed = await attested({ ...there, attestors: here.attestors }, packet, yea, yea);
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("SignerUnknown");
  });

  test("refuses packets for another token service or another token", async () => {
    const packet = await arriving(5n);
    const elsewhere = { ...packet, destTokenService: { chainId: 2n, addr: here.deployed.tokenService } };
    const signed = await attested(there, elsewhere, yea, yea);
    expect(await there.tokenService.refusal(stage.owner, "withdraw", elsewhere, signed)).toBe("TokenServiceMismatch");

    const otherToken = { ...packet, message: { ...packet.message, destTokenAddress: here.deployed.token } };
    const alsoSigned = await attested(there, otherToken, yea, yea);
    expect(await there.tokenService.refusal(stage.owner, "withdraw", otherToken, alsoSigned)).toBe("TokenNotSupported");
  });

  test("stops with the bridge's pause", async () => {
    const bridgeOwner = stage.anvil.account(4);
    const packet = await arriving(5n);
    const signed = await attested(there, packet, yea, yea);
    await there.bridge.send(bridgeOwner, "pause");
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("IsPaused");
    await there.bridge.send(bridgeOwner, "unpause");
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("accepted");
  });
});

describe("a token that meddles", () => {
  let token: ContractUnderTest;
  let packet: InPacket;
  let signed: string;
  beforeEach(async () => {
    token = await deployMeddlingToken();
    await there.tokenService.send(stage.anvil.account(4), "addToken", token.address, "a token", "a service");
    packet = arrived(900n, token.address);
    signed = await attested(there, packet, yea, yea);
  });

  test("is paid out like any other while it behaves", async () => {
    expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("accepted");
    expect(await there.tokenService.refusal(stage.owner, "transfer", token.address, 1n, "x")).toBe("accepted");
  });

  test("cannot come back through either door", async () => {
    const other = arrived(901n, token.address);
    const calls = [
      withdrawData(stage, other, await attested(there, other, yea, yea)),
      transferData(stage, token.address, 1n, "x"),
    ];
    for (const call of calls) {
      await token.send(stage.owner, "aim", there.deployed.tokenService, call);
      expect(await there.tokenService.refusal(stage.owner, "withdraw", packet, signed)).toBe("Reentered");
      expect(await there.tokenService.refusal(stage.owner, "transfer", token.address, 1n, "x")).toBe("Reentered");
    }
  });

  test("cannot report a failed transfer and go on", async () => {
    await token.send(stage.owner, "fail");
    const refusals = [
      there.tokenService.refusal(stage.owner, "withdraw", packet, signed),
      there.tokenService.refusal(stage.owner, "transfer", token.address, 1n, "x"),
    ];
    expect(await Promise.all(refusals)).toEqual(["TokenTransferFailed", "TokenTransferFailed"]);
  });
});

describe("the owner's settings", () => {
  test("are the owner's alone", async () => {
    const { tokenService, holding, deployed } = here;
    expect(await tokenService.refusal(stage.stranger, "setHolding", deployed.holding)).toBe("NotOwner");
    expect(await tokenService.refusal(stage.stranger, "addToken", deployed.holding, "a", "b")).toBe("NotOwner");
    expect(await holding.refusal(stage.stranger, "lock", sender, deployed.token, 1n)).toBe("CallerNotTokenService");
  });

  test("name a token once", async () => {
    const again = here.tokenService.refusal(stage.anvil.account(3), "addToken", here.deployed.token, "a", "b");
    expect(await again).toBe("TokenAlreadySupported");
  });
});

/** A packet that was really dispatched at the other end. */
async function arriving(amount: bigint): Promise<InPacket> {
  return dispatchedPacket(
    here,
    await here.tokenService.send(stage.stranger, "transfer", here.deployed.token, amount, receiver),
  );
}

function arrived(sequence: bigint, destTokenAddress: string): InPacket {
  return {
    version: 1n,
    sequence,
    sourceTokenService: { chainId: 1n, addr: here.deployed.tokenService },
    destTokenService: { chainId: 2n, addr: there.deployed.tokenService },
    message: { senderAddress: sender, destTokenAddress, amount: 1n, receiverAddress: receiver },
    height: 1n,
  };
}

let meddling: ReturnType<typeof compileSources> | undefined;

/** Compiled once, which takes ten seconds; each caller has a token of its own. */
async function deployMeddlingToken(): Promise<ContractUnderTest> {
  const source = await readFile(join(import.meta.dirname, "solidity/MeddlingToken.sol"), "utf8");
  meddling ??= compileSources({ ...(await readSources()), "MeddlingToken.sol": source });
  const { MeddlingToken } = await meddling;
  if (!MeddlingToken) throw new Error("MeddlingToken.sol has no such contract");
  return deploy(MeddlingToken, stage.owner);
}
