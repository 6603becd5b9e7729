import { describe, expect, it } from "vitest";
import { AttestorError, problemMediaType, toProblem } from "../../../shared/errors/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";

describe("a problem document", () => {
  it("has the members of RFC 9457, our code and its data", () => {
    expect(problemMediaType).toBe("application/problem+json");
    expect(toProblem(new AttestorError("invalid_field", { field: "message.amount", reason: "is missing" }))).toEqual({
      type: "urn:hsm-attestor:problem:invalid_field",
      title: "invalid field",
      status: 400,
      code: "invalid_field",
      detail: "message.amount: is missing.",
      data: { field: "message.amount", reason: "is missing" },
    });
  });

  it.each([
    ["an error of a library", Object.assign(new Error("connect https://rpc.example/s3cret"), { url: "s3cret" })],
    ["an error with a cause", new Error("s3cret", { cause: new AttestorError("usage", { reason: "s3cret" }) })],
    ["a text", "s3cret"],
    ["nothing", undefined],
  ])("of %s says only that the log has more", (_what, thrown) => {
    const text = stringifyJson(toProblem(thrown));
    expect(JSON.parse(text)).toMatchObject({ status: 500, code: "internal" });
    expect(text).not.toContain("s3cret");
  });

  it("never holds a stack trace", () => {
    const error = new AttestorError("failed", { rule: "ledger", reason: "the disk is full" });
    expect(error.stack).toContain("problem.test.ts");
    expect(stringifyJson(toProblem(error))).not.toMatch(/problem\.test|\bat /);
    expect(stringifyJson(toProblem(new Error("x")))).not.toMatch(/problem\.test|\bat /);
  });
});
