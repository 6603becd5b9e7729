import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../cli/command.ts";
import { digestProgram } from "../../cli/commands/digestProgram.ts";
import { bridgeProgram } from "../../contracts/index.ts";
import { verulinkAleoEcdsaDomain } from "../../shared/aleo/index.ts";
import { attestor } from "../support/attestor.ts";

const words = (program: string, chainId: string, network = "testnet") => [
  ...["--network", network],
  ...["--program", program],
  ...["--chain-id", chainId],
];

describe("attestor digest program", () => {
  it("prints the program whose domain is that of the attestors' scheme", async () => {
    const { code, stdout, stderr } = await attestor(["digest", "program", ...words("bridge.aleo", "6694886634401")]);
    const domain = verulinkAleoEcdsaDomain({ network: "testnet", program: "bridge.aleo" });
    expect(stderr).toBe("");
    expect(stdout).toBe(bridgeProgram({ program: "bridge.aleo", chainId: 6694886634401n, domain }));
    expect(code).toBe(0);
  });

  it.each([
    ["an id that is none", "Bridge.aleo", "1", "testnet", "program"],
    ["a chain id above u128", "bridge.aleo", `${1n << 128n}`, "testnet", "--chain-id"],
    ["an unknown network", "bridge.aleo", "1", "devnet", "--network"],
  ])("refuses %s, naming it", async (_what, program, chainId, network, named) => {
    const args = parseCommandLine(digestProgram, words(program, chainId, network));
    await expect(digestProgram.run(args)).rejects.toThrow(named);
  });
});
