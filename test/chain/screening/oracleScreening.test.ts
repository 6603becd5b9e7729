import { readFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CallContract, createOracleScreening, type ScreenedAddress } from "../../../chain/screening/index.ts";
import { compileSources } from "../../../contracts/solidityCompiler.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { type ContractUnderTest, deploy } from "../../contracts/contractUnderTest.ts";
import { type Anvil, startAnvil } from "../../support/anvil.ts";

const listed: ScreenedAddress = { family: "evm", text: "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff" };
const other: ScreenedAddress = { family: "evm", text: "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d" };
const aleo: ScreenedAddress = {
  family: "aleo",
  text: "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27",
};

let anvil: Anvil;
let oracle: ContractUnderTest;
let unrelated: ContractUnderTest;
let height: number;
beforeAll(async () => {
  anvil = await startAnvil({ chainId: 31_150 });
  const source = await readFile(path.join(import.meta.dirname, "solidity/SanctionsOracle.sol"), "utf8");
  const { SanctionsOracle, Unrelated } = await compileSources({ "SanctionsOracle.sol": source });
  if (!SanctionsOracle || !Unrelated) throw new Error("SanctionsOracle.sol lacks a contract");
  oracle = await deploy(SanctionsOracle, anvil.account(0));
  unrelated = await deploy(Unrelated, anvil.account(0));
  await oracle.send(anvil.account(0), "add", listed.text);
  height = await anvil.provider.getBlockNumber();
});
afterAll(() => anvil.close());

const call: CallContract = async ({ to, data }) => ({
  answer: await anvil.provider.send("eth_call", [{ to, data }, `0x${height.toString(16)}`]),
  height,
});
const screeningBy = (contract: string, by = call) =>
  createOracleScreening({ name: "oracle", contract, call: by }, systemClock);

test("flags whom the contract lists, as of the block that was asked, on either side", async () => {
  const screening = screeningBy(oracle.address);
  const version = `block-${height}`;
  expect(await screening.screen([other, listed])).toEqual({ source: "oracle", version, result: "flagged" });
  expect(await screening.screen([other])).toEqual({ source: "oracle", version, result: "white" });
  expect(screening.state()).toMatchObject({ version, reason: undefined });
});

test("does not see what was listed after that block", async () => {
  await oracle.send(anvil.account(0), "add", other.text);
  expect(await screeningBy(oracle.address).screen([other])).toMatchObject({ result: "white" });
});

test("asks about 20-byte addresses only, and says so where there is none", async () => {
  const screening = screeningBy(oracle.address);
  expect(await screening.screen([aleo, listed])).toMatchObject({ result: "flagged" });
  expect(await screening.screen([aleo])).toMatchObject({ result: "white", version: "no-evm-address" });
});

test.each<[string, () => string]>([
  ["an address without code", () => "0x000000000000000000000000000000000000dEaD"],
  ["another contract", () => unrelated.address],
])("can't tell by %s", async (_what, contract) => {
  const screening = screeningBy(contract());
  const answer = await screening.screen([listed]);
  expect(answer).toMatchObject({ cannotTell: expect.stringContaining("does not answer isSanctioned() with a bool") });
  expect(screening.state().reason).toBe("cannotTell" in answer && answer.cannotTell);
});

test("can't tell while the chain's providers do not agree", async () => {
  const screening = screeningBy(oracle.address, async () => {
    throw new AttestorError("rpc_unreachable", { chain: "alpha", provider: "node", reason: "time-out" });
  });
  expect(await screening.screen([listed])).toEqual({
    cannotTell: "the screening oracle oracle can't be used: Chain alpha: provider node does not answer (time-out).",
  });
});
