import { describe, expect, it } from "vitest";
import type { AnyKeySpec, KeySpec } from "../../../hsm/index.ts";
import { decodeAllowance, encodeAllowance, withinAllowance } from "../../../hsm/keeper/allowance.ts";
import { testKey } from "../../support/testKeeper.ts";

const uri = "pkcs11:token=t;serial=s;id=%00%01;object=key?module-path=/m.so&pin-source=file:/pin";
const key: KeySpec = {
  ...{ name: "key", uri, publicKey: testKey(1).publicKey },
  ...{ scheme: "verulink-evm", deployment: "main", destination: 2n ** 100n },
};
const arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const audit = { name: "audit", uri: `awskms:${arn}`, publicKey: testKey(2).publicKey, use: "audit" } as const;
const allowance = { keys: [key, audit], sessions: 2, stateFolder: "/var/lib/keeper" };

const ask = (keys: AnyKeySpec[], sessions = 1) =>
  withinAllowance({ keys, sessions, stateFolder: "/home/daemon", callDeadlineMs: 5_000 }, allowance);

describe("what a keeper opens for a daemon", () => {
  it("is the keys of the keeper's own configuration, in its own folder, by no more sessions than it allows", () => {
    expect(ask([key, audit], 64)).toEqual({
      ...{ keys: [key, audit], sessions: 2, stateFolder: "/var/lib/keeper", callDeadlineMs: 5_000 },
    });
    expect(ask([audit], 1)).toMatchObject({ keys: [audit], sessions: 1 });
  });

  it("is the same key however its URI is spelt", () => {
    const spelt = uri.replace("id=%00%01;object=key", "object=%6bey;id=%00%01;type=private");
    expect(ask([{ ...key, uri: spelt }]).keys).toHaveLength(1);
  });

  it.each<[string, AnyKeySpec]>([
    ["another library", { ...key, uri: uri.replace("/m.so", "/other.so") }],
    ["another PIN file", { ...key, uri: uri.replace("file:/pin", "file:/other") }],
    ["another vendor's attributes", { ...key, uri: `${uri}&x-vendor=generic` }],
    ["another key of the token", { ...key, uri: uri.replace("%01", "%02") }],
    ["another public key", { ...key, publicKey: testKey(3).publicKey }],
    ["another destination", { ...key, destination: 1n }],
    ["another deployment", { ...key, deployment: "test" }],
    ["another name", { ...key, name: "other" }],
    ["another use", { name: "key", uri, publicKey: key.publicKey, use: "audit" }],
    ["another endpoint of KMS", { ...audit, uri: `${audit.uri}?endpoint=https://elsewhere.example` }],
  ])("is no key with %s", (_what, other) => {
    expect(() => ask([key, other])).toThrow("is not in the keeper's own configuration");
  });

  it("reaches the keeper as it was written", () => {
    expect(decodeAllowance(encodeAllowance(allowance))).toEqual(allowance);
  });
});
