import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { fillIn } from "../../../cli/ceremony/ceremonyForm.ts";
import { parseCommandLine } from "../../../cli/command.ts";
import { hsmCeremony } from "../../../cli/commands/hsmCeremony.ts";
import { createInterview } from "../../../cli/terminal/interview.ts";

const unattended = createInterview({ input: new PassThrough(), output: new PassThrough(), attended: false });

const fill = (changes: Record<string, string> = {}) => {
  const options = {
    ...{ token: "acme", label: "to-evm", id: "000a", use: "verulink-evm/main/27234042785" },
    ...{ participants: "olga, otto", "pin-file": "pin", transcript: "to-evm.json" },
    ...changes,
  };
  const words = Object.entries(options).map(([option, value]) => `--${option}=${value}`);
  return fillIn(parseCommandLine(hsmCeremony, words), unattended);
};

describe("a ceremony's form", () => {
  it("reads participants and use", async () => {
    await expect(fill()).resolves.toEqual({
      ...{ token: "acme", label: "to-evm", id: "000a", pinFile: "pin", transcript: "to-evm.json" },
      participants: ["olga", "otto"],
      use: { scheme: "verulink-evm", deployment: "main", destination: "27234042785" },
    });
    await expect(fill({ use: "audit" })).resolves.toMatchObject({ use: "audit" });
  });

  it("wants a file for the seed of a key that no HSM can have, and takes one for no other", async () => {
    const use = "verulink-aleo-schnorr/main/1";
    await expect(fill({ use })).rejects.toThrow("--sealed-file is missing");
    await expect(fill({ use, "sealed-file": "seed.json" })).resolves.toMatchObject({ sealedFile: "seed.json" });
    await expect(fill({ "sealed-file": "seed.json" })).rejects.toThrow(
      "--sealed-file is for --use verulink-aleo-schnorr",
    );
  });

  it.each([
    [{ use: "verulink-evm/main" }, "--use must be audit or SCHEME/DEPLOYMENT/DESTINATION"],
    [{ use: "verulink-evm/main/1/2" }, "--use must be audit or SCHEME/DEPLOYMENT/DESTINATION"],
    [{ use: "raw/main/1" }, "--use must be audit or SCHEME/DEPLOYMENT/DESTINATION"],
    [{ use: "audit/main/1" }, "--use must be audit or SCHEME/DEPLOYMENT/DESTINATION"],
    [{ participants: "olga,olga" }, "--participants names somebody twice"],
    [{ participants: "Olga Olsen" }, "--participants: Olga Olsen must be"],
    [{ label: "To EVM" }, "--label: To EVM must be"],
    [{ token: "Brücke" }, "--token must be printable ASCII"],
    [
      { participants: Array.from({ length: 17 }, (_, index) => `p${index}`).join() },
      "--participants names more than 16",
    ],
  ])("refuses %j", async (changes, reason) => {
    await expect(fill(changes)).rejects.toThrow(reason);
  });
});
