import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { digest as digestCommand } from "../../cli/commands/digest.ts";
import { aleoNetworks } from "../../shared/aleo/program.ts";
import { formatAddress } from "../../shared/aleo/text.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import { verulinkAleoVectors } from "../shared/aleo/vectors.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";

interface Vector {
  packet: Record<string, unknown>;
  packetHash: string;
  digest: { white: string; flagged: string };
}
const file = path.join(import.meta.dirname, "../vectors/verulink-evm.json");
const [vector] = (JSON.parse(readFileSync(file, "utf8")) as { vectors: [Vector] }).vectors;
const packetText = JSON.stringify(vector.packet);

/** Reads its packet from its input, in a process of its own. */
function digest(verdict: string, input: string, ...more: string[]) {
  return attestor(["digest", "--scheme", "verulink-evm", "--verdict", verdict, ...more], { input });
}

/** Reads it from a file. */
function digestOfFile(scheme: string, verdict: string, text: string, ...more: string[]) {
  const packet = path.join(temporaryFolder(), "packet.json");
  writeFileSync(packet, text);
  return attestorHere(["digest", "--scheme", scheme, "--verdict", verdict, "--packet", packet, ...more]);
}

describe("attestor digest", () => {
  it.each(["white", "flagged"] as const)("reproduces Verulink's vector for a %s packet", async (verdict) => {
    const { code, stdout } = await digest(verdict, packetText);
    expect(code).toBe(0);
    expect(stdout).toBe(
      `${JSON.stringify({ scheme: "verulink-evm", packetHash: vector.packetHash, digest: vector.digest[verdict] })}\n`,
    );
  });

  it("takes integers as JSON numbers too, without losing digits", async () => {
    const large = packetText.replace('"amount":"10"', '"amount":"340282366920938463463374607431768211455"');
    const asNumber = large.replace(/"(\d+)"/g, "$1");
    expect(asNumber).toContain('"amount":340282366920938463463374607431768211455');
    expect((await digest("white", asNumber)).stdout).toBe((await digest("white", large, "--packet", "-")).stdout);
  });

  it.each([
    ["a sign", '"amount":"10"', '"amount":"+10"', "message.amount"],
    ["a negative number", '"amount":"10"', '"amount":-10', "message.amount"],
    ["a fraction", '"amount":"10"', '"amount":10.0', "message.amount"],
    ["an exponent", '"amount":"10"', '"amount":1e1', "message.amount"],
    ["hex", '"amount":"10"', '"amount":"0x10"', "message.amount"],
    ["more than u128", '"amount":"10"', '"amount":340282366920938463463374607431768211456', "message.amount"],
    ["300 digits", '"amount":"10"', `"amount":${"9".repeat(300)}`, "message.amount"],
    ["more than u64", '"height":"100"', '"height":"18446744073709551616"', "height"],
    ["more than u8", '"version":1', '"version":256', "version"],
    ["an unknown field", '"version":1', '"version":1,"extra":0', "extra"],
    ["a short address", "Bd31ba048373A07bE0357B7Ad3182F4206c8064d", "Bd31ba", "message.receiver_address"],
    ["a wrong checksum", "Bd31ba048373", "bd31ba048373", "message.receiver_address"],
    ["no JSON", '{"version"', "{version", "not valid JSON"],
  ])("refuses %s with exit code 1, naming the field", async (_what, from, to, named) => {
    const input = packetText.replace(from, to);
    expect(input).not.toBe(packetText);
    const { code, stdout, stderr } = await digestOfFile("verulink-evm", "white", input);
    expect(stderr).toContain(named);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("refuses an unknown scheme, an unknown verdict and a missing file with exit code 2", async () => {
    expect((await attestorHere(["digest", "--scheme", "none", "--verdict", "white"])).code).toBe(2);
    expect((await digestOfFile("verulink-evm", "grey", packetText)).code).toBe(2);
    expect((await digest("white", "", "--packet", "/nonexistent")).code).toBe(2);
  });
});

describe("attestor digest for an Aleo destination", () => {
  const [aleo] = verulinkAleoVectors().packets;
  if (aleo === undefined) throw new Error("the vector file holds no packet");
  const input = stringifyJson(packetToWire(aleo.packet));
  const inProgram = ["--network", aleo.ecdsa.network, "--program", aleo.ecdsa.program];
  const run = (scheme: string, verdict: string, ...more: string[]) => digestOfFile(scheme, verdict, input, ...more);

  it.each(["white", "flagged"] as const)("reproduces the vectors of both schemes for a %s packet", async (verdict) => {
    const { packetHash } = aleo;
    const line = (scheme: string, digest: string) => `${JSON.stringify({ scheme, packetHash, digest })}\n`;
    const ecdsa = await run("verulink-aleo-ecdsa", verdict, ...inProgram);
    expect(ecdsa).toEqual({ code: 0, stdout: line("verulink-aleo-ecdsa", aleo.ecdsa.digest[verdict]), stderr: "" });
    const schnorr = await run("verulink-aleo-schnorr", verdict);
    expect(schnorr).toEqual({ code: 0, stdout: line("verulink-aleo-schnorr", aleo.attestedHash[verdict]), stderr: "" });
  });

  it.each([
    [
      "verulink-aleo-ecdsa without a program",
      "verulink-aleo-ecdsa",
      inProgram.slice(0, 2),
      "give --network and --program",
      2,
    ],
    [
      "verulink-aleo-ecdsa without a network",
      "verulink-aleo-ecdsa",
      inProgram.slice(2),
      "give --network and --program",
      2,
    ],
    ["an unknown network", "verulink-aleo-ecdsa", [...inProgram, "--network", "devnet"], "must be one of mainnet", 2],
    [
      "a strange program",
      "verulink-aleo-ecdsa",
      [...inProgram, "--program", "bridge"],
      "program: must be an Aleo program id",
      1,
    ],
    ["a program for Schnorr, which signs none", "verulink-aleo-schnorr", inProgram, "leave --network out", 2],
    ["a program for EVM", "verulink-evm", inProgram.slice(2), "leave --program out", 2],
  ])("refuses %s and says why", async (_what, scheme, options, reason, exitCode) => {
    const { code, stdout, stderr } = await run(scheme, "white", ...options);
    expect(stderr).toContain(reason);
    expect(stdout).toBe("");
    expect(code).toBe(exitCode);
  });

  it("refuses a receiver that no account can have with exit code 1, naming the field", async () => {
    const changed = input.replace(aleo.packet.message.receiverAddress, formatAddress(3n));
    const { code, stderr } = await digestOfFile("verulink-aleo-ecdsa", "white", changed, ...inProgram);
    expect(stderr).toContain("message.receiver_address: is spelled like an Aleo address, but");
    expect(code).toBe(1);
  });

  it("names in its help every network that it knows", () => {
    for (const network of aleoNetworks) expect(digestCommand.options.network?.help).toContain(network);
  });
});
