import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KeySpec } from "../../../hsm/index.ts";
import { generateKey, initialiseToken, readPinFile } from "../../../hsm/provisioning/index.ts";
import { aleoEcdsaSchemeName, digestScheme } from "../../../shared/digest/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { verulinkAleoVectors } from "../../shared/aleo/vectors.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { keeperOf, lastPid, recordLog, specOf, type TestKeeper } from "../support/keepers.ts";
import { packetWith, vector } from "../support/packets.ts";
import { isAlive } from "../support/until.ts";

let hsm: SoftHsm;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({
    keys: [
      { label: "to-one", id: "0001" },
      { label: "to-two", id: "0002" },
      { label: "to-aleo", id: "0003" },
    ],
  });
  const toAleo = specOf(hsm, 2, {
    destination: aleo.packet.destination.chainId,
    scheme: aleoEcdsaSchemeName(aleo.ecdsa),
  });
  const keys = [specOf(hsm, 0), specOf(hsm, 1, { destination: 2n }), toAleo];
  const environment = { ...hsm.env, AWS_SECRET_ACCESS_KEY: "not-for-the-keeper" };
  keeper = await keeperOf(hsm, { keys, environment, sessions: 3 });
});

afterAll(async () => {
  await keeper.close();
  hsm.remove();
});

/** What the Aleo VM computes for a published packet. */
const [aleo] = verulinkAleoVectors().packets as [ReturnType<typeof verulinkAleoVectors>["packets"][number]];

/** Half the order of secp256k1 (EIP-2). */
const halfOrder = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

describe("a keeper", () => {
  it("holds the configured keys, with addresses, public keys and what the token states of them", () => {
    expect(keeper.keys()).toEqual(
      hsm.keys.map(({ label: name, address, publicKey, attributes }) => ({
        ...{ name, address, publicKey, custody: "hsm", attributes, ledgers: [], bindable: true },
      })),
    );
    expect(keeper.keys()[0]?.attributes).toMatchObject({ CKA_SENSITIVE: "true", CKA_VALUE: "not readable" });
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });

  it.each(["white", "flagged"] as const)("attests Verulink's published packet as %s", async (verdict) => {
    const signed = await keeper.attest({ key: "to-one", packet: vector.packet, verdict });
    expect(signed).toMatchObject({ packetHash: vector.packetHash, digest: vector.digest[verdict] });
    expect(signed.signature).toMatch(/^0x[0-9a-f]{128}(1b|1c)$/);
    expect(signerOf(signed.signature, signed.digest)).toBe(hsm.keys[0]?.address);
  });

  it("signs with low s only, though the token gives either, and each of many requests its own digest", async () => {
    const packets = Array.from({ length: 50 }, (_, index) => packetWith({ sequence: BigInt(index + 1) }));
    const signed = await Promise.all(
      packets.map((packet) => keeper.attest({ key: "to-one", packet, verdict: "white" })),
    );
    for (const [index, { signature, digest }] of signed.entries()) {
      expect(BigInt(`0x${signature.slice(66, 130)}`)).toBeLessThanOrEqual(halfOrder);
      expect(digest).toBe(
        digestScheme("verulink-evm").digestOf(packetWith({ sequence: BigInt(index + 1) }), "white").digest,
      );
      expect(signerOf(signature, digest)).toBe(hsm.keys[0]?.address);
    }
  });

  it("uses each key for its own destination only", async () => {
    const toTwo = packetWith({ destination: 2n });
    await expect(keeper.attest({ key: "to-one", packet: toTwo, verdict: "white" })).rejects.toMatchObject({
      code: "denied",
      data: { rule: "key-destination", inputs: { key: "to-one", destination: "2" } },
    });
    const signed = await keeper.attest({ key: "to-two", packet: toTwo, verdict: "white" });
    expect(signerOf(signed.signature, signed.digest)).toBe(hsm.keys[1]?.address);
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });

  it.each(["white", "flagged"] as const)("attests a packet for a program on Aleo as %s", async (verdict) => {
    const signed = await keeper.attest({ key: "to-aleo", packet: aleo.packet, verdict });
    expect(signed).toMatchObject({ packetHash: aleo.packetHash, digest: aleo.ecdsa.digest[verdict] });
    expect(signed.signature).toMatch(/^0x[0-9a-f]{128}(1b|1c)$/);
    expect(BigInt(`0x${signed.signature.slice(66, 130)}`)).toBeLessThanOrEqual(halfOrder);
    expect(signerOf(signed.signature, signed.digest)).toBe(hsm.keys[2]?.address);
  });

  it("refuses for good what the program on Aleo could not hold, names the field and goes on", async () => {
    const { message } = aleo.packet;
    const packet = { ...aleo.packet, message: { ...message, destTokenAddress: "field" } };
    await expect(keeper.attest({ key: "to-aleo", packet, verdict: "white" })).rejects.toMatchObject({
      code: "invalid_field",
      data: { field: "message.dest_token_address" },
    });
    await expect(keeper.attest({ key: "to-aleo", packet: vector.packet, verdict: "white" })).rejects.toThrow();
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
    await expect(keeper.prove("to-aleo")).resolves.toBeUndefined();
  });

  it("refuses a key that it was not started with", async () => {
    const request = keeper.attest({ key: "to-three", packet: vector.packet, verdict: "white" });
    await expect(request).rejects.toMatchObject({ code: "key_missing", data: { key: "to-three" } });
    await expect(keeper.prove("to-three")).rejects.toMatchObject({ code: "key_missing" });
  });

  it("has a key prove itself at any time", async () => {
    await expect(keeper.prove("to-one")).resolves.toBeUndefined();
  });

  it("gives its process what the module needs of the environment and nothing else", () => {
    const environment = readFileSync(`/proc/${lastPid(keeper)}/environ`, "utf8")
      .split("\0")
      .filter(Boolean);
    const needed = environment.filter((pair) => !pair.startsWith("NODE_COMPILE_CACHE=")); // compiledCode.test.ts has that
    expect(needed.sort()).toEqual([`SOFTHSM2_CONF=${hsm.confFile}`, "UV_THREADPOOL_SIZE=7"]);
  });

  it("writes no PIN anywhere, and nothing but its start to the log", () => {
    expect(keeper.text()).not.toContain(hsm.pin);
    expect(keeper.lines.map(({ msg }) => msg)).toEqual(["the keeper is up"]);
    const commandLine = readFileSync(`/proc/${lastPid(keeper)}/cmdline`, "utf8");
    expect(commandLine).not.toContain(hsm.pin);
  });
});

describe("a closed keeper", () => {
  it("has ended its process and signs no more", async () => {
    const other = await keeperOf(hsm);
    await other.close();
    expect(isAlive(lastPid(other))).toBe(false);
    const request = other.attest({ key: "to-one", packet: vector.packet, verdict: "white" });
    await expect(request).rejects.toMatchObject({ code: "keeper_unavailable" });
    expect(other.status()).toEqual({ up: false, reason: "the daemon stops", restarts: 0 });
    await other.close();
  });
});

describe("keys in two tokens", () => {
  const inSecondToken = (): KeySpec =>
    withSoftHsmEnvironment(hsm, () => {
      const { module, pinFile } = hsm;
      const pin = readPinFile(pinFile);
      initialiseToken({ module, label: "second", pin: pin.value, securityOfficerPin: pin.value });
      const key = generateKey({ module, token: "second", pin, pinFile, id: "0001", label: "elsewhere" });
      return specOf(hsm, 0, { name: "elsewhere", uri: key.uri, publicKey: key.publicKey });
    });

  it("are held by a process each, which start together or not at all", async () => {
    const elsewhere = inSecondToken();
    const both = await keeperOf(hsm, { keys: [specOf(hsm, 0), elsewhere] });
    expect(new Set(both.pids()).size).toBe(2);
    for (const key of ["to-one", "elsewhere"]) {
      await expect(both.attest({ key, packet: vector.packet, verdict: "white" })).resolves.toHaveProperty("signature");
    }
    await both.close();

    const log = recordLog();
    const broken = { ...elsewhere, uri: elsewhere.uri.replace("%00%01", "%00%09") };
    const start = keeperOf(hsm, { keys: [specOf(hsm, 0), broken] }, log);
    await expect(start).rejects.toMatchObject({ code: "key_missing", data: { key: "elsewhere" } });
    const [first] = log.lines.map(({ keeper: pid }) => Number(pid));
    expect(isAlive(first ?? 0)).toBe(false);
  });
});
