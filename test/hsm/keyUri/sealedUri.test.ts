import { describe, expect, it } from "vitest";
import { formatSealedUri, parseAnyKeyUri, parseSealedUri } from "../../../hsm/index.ts";
import { deviceOf } from "../../../hsm/keyUri/index.ts";

const place = "token=hsm;serial=1;id=%00%09;object=seal";
const query = "module-path=/m.so&pin-source=file:/pin";
const good = `aleo-sealed:${place}?${query}&sealed-file=/var/lib/seed.json`;

describe("parseSealedUri", () => {
  it("reads where the AES key and the sealed seed are, and writes it back", () => {
    const uri = parseSealedUri(good);
    const sealingKey = { module: "/m.so", token: "hsm", serial: "1", object: "seal", id: Uint8Array.of(0, 9) };
    expect(uri).toEqual({
      sealingKey: { ...sealingKey, pinSource: { file: "/pin" } },
      sealedFile: "/var/lib/seed.json",
    });
    expect(parseAnyKeyUri(formatSealedUri(uri))).toEqual(uri);
  });

  it.each([
    ["no sealed file", `aleo-sealed:${place}?${query}`, "must have the attribute sealed-file"],
    ["a relative file", good.replace("=/var", "=var"), "sealed-file must be an absolute path"],
    ["two files", `${good}&sealed-file=/b`, "has the attribute sealed-file twice"],
    ["a private key's type", good.replace(";object", ";type=private;object"), "type must be secret-key"],
    ["a PIN", `${good}&pin-value=1`, "pin-value puts the PIN into the configuration"],
    ["another scheme", good.replace("aleo-sealed", "pkcs11"), "must start with aleo-sealed:"],
  ])("refuses %s", (_what, text, reason) => {
    expect(() => parseSealedUri(text)).toThrow(reason);
  });

  it("leaves other keys' URIs without a sealed file", () => {
    expect(() => parseAnyKeyUri(good.replace("aleo-sealed", "pkcs11"))).toThrow("sealed-file is not a known attribute");
  });

  it("is another device than the token that its AES key is in, and the same for each file", () => {
    const other = good.replace("seed.json", "other.json").replace("%09", "%08");
    expect(deviceOf(parseAnyKeyUri(other))).toBe(deviceOf(parseAnyKeyUri(good)));
    expect(deviceOf(parseAnyKeyUri(`pkcs11:${place}?${query}`))).not.toBe(deviceOf(parseAnyKeyUri(good)));
  });
});
