import { describe, expect, it } from "vitest";
import { z } from "zod";
import { filePath, listenAddress, logLevel, publicKeyPin, tlsFiles } from "../../../shared/config/index.ts";
import { problemsOf } from "../../../shared/schema/index.ts";

const inHome = (relative: string) => `/home/${relative}`;
const reasons = (schema: z.ZodType, value: unknown) => {
  const result = problemsOf(z.strictObject({ x: schema }), { x: value });
  return "problems" in result ? result.problems.map(({ path, reason }) => `${path}: ${reason}`) : [];
};

describe("a listening address", () => {
  it("is loopback unless a host is named", () => {
    expect(listenAddress().parse({ port: 80n })).toEqual({ host: "127.0.0.1", port: 80 });
    expect(listenAddress().parse({ host: "0.0.0.0", port: 0n })).toEqual({ host: "0.0.0.0", port: 0 });
  });

  it.each([
    [{}, "x.port: is missing"],
    [{ port: 65_536n }, "x.port: must be a whole number from 0 to 65535"],
    [{ port: "80" }, "x.port: must be a whole number from 0 to 65535"],
    [{ port: 80n, host: null }, "x.host: must be of type string"],
    [{ port: 80n, adress: "x" }, "x.adress: is not a known key; known are host, port"],
  ])("is not %o", (value, problem) => {
    expect(reasons(listenAddress(), value)).toEqual([problem]);
  });
});

describe("files", () => {
  it("start at the configuration's folder", () => {
    expect(filePath(inHome).parse("a")).toBe("/home/a");
    expect(tlsFiles(inHome).parse({ certificate: "c", key: "k", peerAuthority: "a" })).toEqual({
      certificate: "/home/c",
      key: "/home/k",
      peerAuthority: "/home/a",
    });
  });

  it("have a name", () => {
    expect(reasons(filePath(inHome), "")).toEqual(["x: must not be empty"]);
    expect(reasons(filePath(inHome), 5n)).toEqual(["x: must be a path"]);
    expect(reasons(tlsFiles(inHome), { certificate: "c", key: "k" })).toEqual(["x.peerAuthority: is missing"]);
  });
});

describe("a public key pin", () => {
  const pin = `sha256/${"A".repeat(43)}=`;

  it("is sha256/ and the base64 of 32 bytes", () => {
    expect(publicKeyPin.parse(pin)).toBe(pin);
  });

  it.each([
    "",
    "A".repeat(43),
    pin.slice(0, -1),
    `${pin}=`,
    pin.replace("sha256", "sha1"),
    pin.replace("A", "-"),
    ` ${pin}`,
    `${pin}\n`,
  ])("is not %o", (text) => {
    expect(reasons(publicKeyPin, text)).toEqual([
      "x: must be sha256/ and 44 base64 characters (attestor certs pin FILE)",
    ]);
  });
});

describe("the log level", () => {
  it("is info unless it is named", () => {
    expect(logLevel.parse(undefined)).toBe("info");
    expect(logLevel.parse("debug")).toBe("debug");
    expect(reasons(logLevel, "trace")).toEqual(["x: must be one of error, warn, info, debug"]);
  });
});
