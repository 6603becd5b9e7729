import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { attestor } from "../support/attestor.ts";

interface Vector {
  packet: Record<string, unknown>;
  packetHash: string;
  digest: { white: string; flagged: string };
}
const file = path.join(import.meta.dirname, "../vectors/verulink-evm.json");
const [vector] = (JSON.parse(readFileSync(file, "utf8")) as { vectors: [Vector] }).vectors;
const packetText = JSON.stringify(vector.packet);

function digest(verdict: string, input: string, ...more: string[]) {
  return attestor(["digest", "--scheme", "verulink-evm", "--verdict", verdict, ...more], { input });
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
    const { code, stdout, stderr } = await digest("white", input);
    expect(stderr).toContain(named);
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  it("refuses an unknown scheme, an unknown verdict and a missing file with exit code 2", async () => {
    expect((await attestor(["digest", "--scheme", "none", "--verdict", "white"])).code).toBe(2);
    expect((await digest("grey", packetText)).code).toBe(2);
    expect((await digest("white", "", "--packet", "/nonexistent")).code).toBe(2);
  });
});
