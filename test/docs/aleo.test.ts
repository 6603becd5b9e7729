import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../shared/config/index.ts";
import { digestScheme } from "../../shared/digest/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import { packetToWire } from "../../shared/packet/index.ts";
import { signerConfig } from "../../signer/index.ts";
import { configProblems } from "../shared/refusal.ts";
import { temporaryFolder } from "../shared/temporaryFolder.ts";
import { aleoPacket } from "../signer/aleoSamples.ts";
import { attestor, repository } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";

const page = readFileSync(path.join(repository, "docs/aleo.md"), "utf8");
/** The page's command lines that begin so, as words. */
const linesOf = (start: string) =>
  [...page.replaceAll(/ \\\n\s*/g, " ").matchAll(/^\.\/attestor (.*)$/gm)]
    .map(([, line = ""]) => line)
    .filter((line) => line.startsWith(start))
    .map((line) => line.split(" "));
/** The page's key, as it stands there. */
const keyText = /```yaml\n(- name: main-to-aleo\n[^`]*)```/.exec(page)?.[1] ?? "";

let hsm: SoftHsm;
beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [], token: "acme" });
});
afterAll(() => hsm.remove());

describe("docs/aleo.md", () => {
  it("shows a ceremony that makes a sealed key, whose URI is that of the example, place by place", async () => {
    const folder = path.join(temporaryFolder(), "var");
    mkdirSync(folder, { mode: 0o700 });
    const sealedFile = path.join(folder, "main-to-aleo.json");
    const [line = []] = linesOf("hsm ceremony");
    const places = {
      "/var/lib/attestor-keeper/main-to-aleo.json": sealedFile,
      pin: hsm.pinFile,
      "main-to-aleo.json": path.join(folder, "transcript.json"),
    };
    const words = line.map((word) => new Map(Object.entries(places)).get(word) ?? word);
    const { code, stdout, stderr } = await attestor([...words, "--json"], { environment: hsm.env });
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const made = JSON.parse(stdout);
    expect(made).toMatchObject({ custody: "sealed-software", publicKey: made.address });
    const asInTheExample = made.uri
      .replace(hsm.serial, "8f1d3c5a7b9e0246")
      .replace(hsm.module, "/usr/lib/softhsm/libsofthsm2.so")
      .replace(hsm.pinFile, "/etc/attestor/pin")
      .replace(sealedFile, "/var/lib/attestor-keeper/main-to-aleo.json");
    expect(keyText).toContain(`uri: "${asInTheExample}"`);
  });

  it.each(["custody", "uri", "scheme"] as const)(
    "shows a key that loads, and does not without its opt-in by %s",
    (field) => {
      const sample = readFileSync(path.join(repository, "docs/samples/signer.yaml"), "utf8");
      const file = path.join(temporaryFolder(), "signer.yaml");
      const load = (key: string) => {
        writeFileSync(file, sample.replace(/^keys:\n/m, `keys:\n${key.replaceAll(/^/gm, "  ").trimEnd()}\n`));
        return loadConfig(file, signerConfig);
      };
      expect(load(keyText).keys[0]).toMatchObject({ name: "main-to-aleo", custody: "sealed-software" });
      const [, otherUri = ""] = /^ +(uri: "pkcs11:.*")$/m.exec(sample) ?? [];
      const others = { custody: "", uri: otherUri, scheme: "scheme: verulink-evm" };
      const spoilt = keyText.replace(new RegExp(`^  ${field}: .*$`, "m"), `  ${others[field]}`);
      expect(configProblems(() => load(spoilt)).every((problem) => problem.startsWith("keys.0"))).toBe(true);
    },
  );

  it("shows three ways to print a digest, each of which prints its scheme's", async () => {
    const packet = aleoPacket();
    const file = path.join(temporaryFolder(), "packet.json");
    writeFileSync(file, stringifyJson(packetToWire(packet)));
    const lines = linesOf("digest --scheme");
    const ecdsa = digestScheme("verulink-aleo-ecdsa:testnet:bridge.aleo").digestOf(packet, "white").digest;
    const schnorr = digestScheme("verulink-aleo-schnorr").digestOf(packet, "white").digest;
    const printed: unknown[] = [];
    for (const line of lines) {
      const words = line.map((word) => (word === "packet.json" ? file : word));
      printed.push(JSON.parse((await attestorHere(words)).stdout).digest);
    }
    expect(printed).toEqual([ecdsa, ecdsa, schnorr]);
  });

  it("shows how to print the bridge's program for a network and an id", async () => {
    const [line = []] = linesOf("digest program");
    const { code, stdout } = await attestor(line.slice(0, line.indexOf(">")));
    expect(code).toBe(0);
    expect(stdout).toContain("program my_bridge.aleo;");
  });
});
