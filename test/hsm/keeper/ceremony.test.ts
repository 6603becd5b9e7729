import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ceremonyDigest } from "../../../hsm/ceremony/index.ts";
import type { CeremonyStatement } from "../../../hsm/index.ts";
import { signerOf } from "../../../shared/ecdsa/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, type TestKeeper } from "../support/keepers.ts";

let hsm: SoftHsm;
let keeper: TestKeeper;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  keeper = await keeperOf(hsm);
});

afterAll(async () => {
  await keeper.close();
  hsm.remove();
});

function statement(changes: Partial<CeremonyStatement["key"]> = {}): CeremonyStatement {
  const { uri = "", publicKey = "0x", address = "" } = hsm.keys[0] ?? {};
  const use = { scheme: "verulink-evm", deployment: "demo", destination: "1" } as const;
  return {
    format: "hsm-attestor key ceremony v1",
    heldAt: "2026-11-26T12:00:00Z",
    participants: ["olga"],
    generated: true,
    key: { name: "key", uri, publicKey, address, use, attributes: {}, ...changes },
    device: {
      ...{ token: hsm.token, serial: hsm.serial },
      ...{ manufacturer: "m", model: "d", firmware: "1.0", library: "l" },
    },
    attestationCertificate: null,
  };
}

describe("a keeper asked for a ceremony's signature", () => {
  it("signs the statement about its own key", async () => {
    const signature = await keeper.ceremony({ key: "key", statement: statement() });
    expect(signerOf(signature, ceremonyDigest(statement()))).toBe(hsm.keys[0]?.address);
  });

  it.each<[string, Partial<CeremonyStatement["key"]>]>([
    ["publicKey", { publicKey: `0x04${"11".repeat(64)}` }],
    ["uri", { uri: "pkcs11:elsewhere" }],
    ["use", { use: "audit" }],
    ["use", { use: { scheme: "verulink-evm", deployment: "demo", destination: "2" } }],
  ])("refuses one with another %s, and goes on", async (field, changes) => {
    await expect(keeper.ceremony({ key: "key", statement: statement(changes) })).rejects.toMatchObject({
      code: "invalid_field",
      data: { field: `statement.key.${field}` },
    });
    expect(keeper.status()).toEqual({ up: true, restarts: 0 });
  });

  it.each(["token", "serial"])("refuses one with another %s than its key's URI names", async (field) => {
    const right = statement();
    const forged = { ...right, device: { ...right.device, [field]: "other" } };
    await expect(keeper.ceremony({ key: "key", statement: forged })).rejects.toMatchObject({
      code: "invalid_field",
      data: { field: "statement.device", reason: "is not where the open key is" },
    });
  });

  it("refuses a statement of another form", async () => {
    const spoilt = { ...statement(), format: "Ethereum Signed Message" } as unknown as CeremonyStatement;
    await expect(keeper.ceremony({ key: "key", statement: spoilt })).rejects.toMatchObject({ code: "invalid_field" });
  });
});
