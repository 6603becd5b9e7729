import { mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { clockFinding } from "../../../cli/doctor/clockFinding.ts";
import { keyFindings } from "../../../cli/doctor/keyFindings.ts";
import { mayLogIn, tokenFindings } from "../../../cli/doctor/tokenFindings.ts";
import { userFindings } from "../../../cli/doctor/userFindings.ts";
import type { TokenReport } from "../../../hsm/provisioning/index.ts";
import { pinState, tokenTime } from "../../../hsm/provisioning/inspectToken.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { testKeeper, testKey } from "../../support/testKeeper.ts";

const nowMs = Date.parse("2026-11-26T12:00:00Z");
const report: TokenReport = {
  module: { file: "/m.so", library: "l 2.6", cryptoki: "2.40" },
  token: { label: "t", serial: "s", manufacturer: "m", model: "d", firmware: "1.0" },
  pin: "fine",
  missingMechanisms: [],
  known: true,
};
const resultsOf = (changes: Partial<TokenReport>) =>
  Object.fromEntries(tokenFindings({ ...report, ...changes }, nowMs).map(({ what, result }) => [what, result]));

function temporaryFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "doctor-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "file");
  writeFileSync(file, "");
  return file;
}

describe("a token's flags", () => {
  // CKF_USER_PIN_INITIALIZED is 0x8 (PKCS#11 2.40, CK_TOKEN_INFO)
  it.each([
    [0x0, "not set", false],
    [0x8, "fine", true],
    [0x10008, "failed before", true],
    [0x30008, "last try", false],
    [0x70008, "locked", false],
    [0x80008, "must be changed", false],
  ] as const)("%i say that the PIN is: %s", (flags, state, login) => {
    expect(pinState(flags)).toBe(state);
    expect(mayLogIn({ ...report, pin: state })).toBe(login);
  });

  it("give its time in UTC, or none", () => {
    expect(tokenTime("2026112612000000")).toBe(nowMs);
    for (const text of ["", "                ", "2026133212000000"]) expect(tokenTime(text)).toBeUndefined();
  });
});

describe("a token's findings", () => {
  it("are all well for a sound one", () => {
    expect(new Set(Object.values(resultsOf({})))).toEqual(new Set(["ok"]));
  });

  it("send nobody to `hsm init` for a PIN that is not set: it touches no token that is there", () => {
    const [, , , pinTries] = tokenFindings({ ...report, pin: "not set" }, nowMs);
    expect(pinTries).toMatchObject({ result: "fail", detail: expect.stringContaining("the security officer") });
    expect(pinTries?.detail).not.toContain("initialise");
  });

  it.each<[Partial<TokenReport>, string, string]>([
    [{ known: false }, "token", "fail"],
    [{ missingMechanisms: ["CKM_ECDSA"] }, "mechanisms", "fail"],
    [{ pin: "failed before" }, "pin tries", "warn"],
    [{ pin: "last try" }, "pin tries", "fail"],
    [{ clockMs: nowMs + 59_000 }, "token clock", "ok"],
    [{ clockMs: nowMs - 61_000 }, "token clock", "warn"],
  ])("for %j hold that %s is: %s", (changes, what, result) => {
    expect(resultsOf(changes)).toMatchObject({ [what]: result });
  });
});

describe("the machine's findings", () => {
  it("warn where the daemon's user owns the PIN file, and of root", () => {
    const file = temporaryFile();
    const results = (pinFiles: string[], uid: number) =>
      userFindings({ pinFiles, daemonFiles: [file] }, uid).map(({ result }) => result);
    expect(results([file], 1)).toEqual(["warn"]);
    expect(results(["/nonexistent/pin"], 1)).toEqual(["ok"]);
    expect(results([], 0)).toEqual(["ok", "warn"]);
    expect(userFindings({ pinFiles: [file], daemonFiles: [] }, 1), "asked by the keepers' user").toEqual([]);
  });

  // a folder of the other user answers EACCES, which root never meets; a link to itself is as impossible to look at
  it("leave out what cannot be looked at", () => {
    const loop = `${temporaryFile()}-loop`;
    symlinkSync(loop, loop);
    expect(userFindings({ pinFiles: [loop], daemonFiles: [loop] }, 1)).toMatchObject([{ result: "ok" }]);
    expect(clockFinding(loop, nowMs, "kept")).toMatchObject({ result: "ok" });
  });

  it("fail where the ledger is from the future", () => {
    const ledger = temporaryFile();
    utimesSync(ledger, nowMs / 1_000, nowMs / 1_000);
    expect(clockFinding(ledger, nowMs, "kept")).toMatchObject({ result: "ok" });
    expect(clockFinding(ledger, nowMs, "not kept")).toMatchObject({ result: "warn" });
    expect(clockFinding(ledger, nowMs - 5_000, "kept")).toMatchObject({ result: "fail" });
  });
});

describe("the keys' findings", () => {
  const place = { uri: "pkcs11:x", publicKey: testKey(1).publicKey };
  const options = { durationMs: 20, atOnce: 2, callDeadlineMs: 5_000 };

  it("name each key's address, ledger and speed", async () => {
    const keeper = testKeeper([{ ...place, name: "audit", use: "audit" }], { audit: 1 });
    const findings = await keyFindings(keeper, options);
    expect(findings.map(({ what, result }) => `${what} ${result}`)).toEqual([
      "key audit ok",
      "key audit warn",
      "speed audit ok",
    ]);
    expect(findings[2]?.detail).toMatch(/^[0-9]+ signatures\/s, median [0-9.]+ ms/);
  });

  it("say nothing of the audit key's ledger, whose id is in what that key signs", async () => {
    const keeper = testKeeper([{ ...place, name: "audit", use: "audit" }], { audit: 1 });
    const findings = await keyFindings(keeper, options, ["audit"]);
    expect(findings.map(({ what, result }) => `${what} ${result}`)).toEqual(["key audit ok", "speed audit ok"]);
  });

  it.each([
    ["none", "ok"],
    ["reachable", "warn"],
    ["unknown", "warn"],
  ])("say of a sealed key that it is not in the HSM; its process's network: %s", async (network, result) => {
    const keeper = testKeeper([{ ...place, name: "audit", use: "audit" }], { audit: 1 });
    const [key] = keeper.keys();
    if (!key) throw new Error("a key was expected");
    keeper.keys = () => [{ ...key, custody: "sealed-software", attributes: { network } }];
    const [, outside, alone] = await keyFindings(keeper, options);
    expect(outside).toMatchObject({ result: "warn", detail: expect.stringContaining("signs OUTSIDE the HSM") });
    expect(alone).toMatchObject({ result });
  });

  it("fail where a key does not sign", async () => {
    const keeper = testKeeper([{ ...place, name: "audit", use: "audit" }], { audit: 1 });
    keeper.prove = async () => {
      throw new AttestorError("wrong_signature", { key: "audit" });
    };
    const findings = await keyFindings(keeper, options);
    expect(findings[2]).toMatchObject({ result: "fail", detail: expect.stringContaining("does not verify") });
  });
});
