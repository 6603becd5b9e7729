import { describe, expect, it } from "vitest";
import { type BridgeProgramPlan, bridgeProgram, tokenServiceProgram } from "../../../contracts/index.ts";
import { verulinkAleoEcdsaDomain } from "../../../shared/aleo/index.ts";
import type { Struct } from "../../../shared/aleo/plaintext.ts";
import { inPacket, screenedPacket } from "../../../shared/aleo/verulinkPacket.ts";
import { aleoBoundPacket } from "../../shared/aleo/vectors.ts";
import { startSnarkVm } from "../../support/snarkVm.ts";

const plan: BridgeProgramPlan = {
  program: "bridge.aleo",
  chainId: 6694886634401n,
  domain: verulinkAleoEcdsaDomain({ network: "testnet", program: "bridge.aleo" }),
};
const text = bridgeProgram(plan);

describe("the bridge program's text", () => {
  it("is a program to snarkVM, and so is the token service's", () => {
    const snarkVm = startSnarkVm();
    expect(snarkVm.programId(text)).toBe("bridge.aleo");
    const service = tokenServiceProgram({ program: "tokens.aleo", bridge: "bridge.aleo" });
    expect(snarkVm.programId(service)).toBe("tokens.aleo");
  });

  it("holds the domain and the chain id as constants: no input of a function could be another", () => {
    const domain = Array.from(plan.domain, (byte) => `${byte}u8`).join(" ");
    expect(text.split(`cast ${domain} into `)).toHaveLength(2);
    expect(text.split("6694886634401u128")).toHaveLength(3);
    expect(text).not.toContain("{{");
  });

  it("declares what attestors hash as our own code hashes it: the same members in the same order", () => {
    const packet = inPacket(aleoBoundPacket());
    expect(declared("InPacket")).toEqual(namesOf(packet));
    expect(declared("ForeignContract")).toEqual(namesOf(memberOf(packet, "source")));
    expect(declared("AleoProgram")).toEqual(namesOf(memberOf(packet, "destination")));
    expect(declared("InTokenMessage")).toEqual(namesOf(memberOf(packet, "message")));
    expect(declared("InPacketWithScreening")).toEqual(namesOf(screenedPacket(1n, true)));
  });

  it.each([
    ["no program id", { program: "bridge" }],
    ["an id with more in it", { program: "bridge.aleo;" }],
    ["an upper-case id", { program: "Bridge.aleo" }],
    ["an id of 32 characters", { program: `${"b".repeat(32)}.aleo` }],
    ["a domain of another length", { domain: new Uint8Array(31) }],
    ["a chain id above u128", { chainId: 1n << 128n }],
    ["a negative chain id", { chainId: -1n }],
  ])("is not made for %s", (_what, change: Partial<BridgeProgramPlan>) => {
    expect(() => bridgeProgram({ ...plan, ...change })).toThrow(RangeError);
  });
});

function declared(struct: string): string[] {
  const body = new RegExp(`^struct ${struct}:\\n((?: {4}.*\\n)+)`, "m").exec(text)?.[1] ?? "";
  return [...body.matchAll(/^ {4}(\w+) as /gm)].map(([, name = ""]) => name);
}

function namesOf(struct: Struct): string[] {
  return struct.members.map(([name]) => name);
}

function memberOf(struct: Struct, wanted: string): Struct {
  const member = struct.members.find(([name]) => name === wanted)?.[1];
  if (member?.kind !== "struct") throw new Error(`${wanted} is no struct`);
  return member;
}
