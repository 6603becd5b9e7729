import { readFileSync } from "node:fs";
import { JsonRpcProvider } from "ethers";
import { describe, expect, it } from "vitest";
import { AttestorError, exitCodeFor, faultName, isAttestorError } from "../../../shared/errors/index.ts";

const denied = new AttestorError("denied", { rule: "route", reason: "the route is unknown", inputs: {} });

describe("an error of ours", () => {
  it("is recognised by its code", () => {
    expect(isAttestorError(denied)).toBe(true);
    expect(isAttestorError(denied, "denied")).toBe(true);
    expect(isAttestorError(denied, "failed")).toBe(false);
    expect(isAttestorError(new Error("denied"))).toBe(false);
    expect(isAttestorError({ name: "AttestorError", code: "denied" }, "denied")).toBe(false);
  });

  it("ends a command with 2 for wrong usage or configuration, else with 1", () => {
    expect(exitCodeFor(new AttestorError("usage", { reason: "Name a file" }))).toBe(2);
    expect(exitCodeFor(new AttestorError("config_invalid", { file: "f", problems: [] }))).toBe(2);
    for (const error of [denied, new Error("x"), new TypeError("x"), "text", undefined, null]) {
      expect(exitCodeFor(error)).toBe(1);
    }
  });
});

describe("the name of a fault", () => {
  it("is our code, Node's code, or the kind of error", () => {
    expect(faultName(denied)).toBe("denied");
    expect(faultName(new RangeError("s3cret"))).toBe("RangeError");
    expect(faultName(AbortSignal.abort().reason)).toBe("AbortError");
    expect(() => readFileSync("/nonexistent/s3cret")).toThrow();
    try {
      readFileSync("/nonexistent/s3cret");
    } catch (error) {
      expect(faultName(error)).toBe("ENOENT");
    }
  });

  it.each([
    ["s3cret", "string"],
    [undefined, "undefined"],
    [null, "object"],
    [{ message: "s3cret" }, "object"],
    [5, "number"],
  ])("is the type where %j was thrown", (thrown, name) => {
    expect(faultName(thrown)).toBe(name);
  });

  it("is the kind of error where its code is more than a word: a server may have chosen it", () => {
    for (const code of ["https://rpc.example/s3cret", "two words", "line\nbreak", "", "A".repeat(65), 404, { a: 1 }]) {
      expect(faultName(Object.assign(new TypeError("x"), { code }))).toBe("TypeError");
    }
    expect(faultName(Object.assign(new TypeError("x"), { code: "ERR_INVALID_URL" }))).toBe("ERR_INVALID_URL");
  });

  it("never holds the endpoint that a library quotes in its message", async () => {
    const direct = await fetch("http://127.0.0.1:1/s3cret").catch((error: unknown) => error);
    expect(faultName(direct)).not.toMatch(/127|s3cret/);
    const provider = new JsonRpcProvider("http://127.0.0.1:1/s3cret", 1, { staticNetwork: true });
    const throughEthers = await provider.getBlockNumber().catch((error: unknown) => error);
    provider.destroy();
    expect(throughEthers).toBeInstanceOf(Error);
    expect(faultName(throughEthers)).not.toMatch(/127|s3cret/);
  });
});
