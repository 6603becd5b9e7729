import { describe, expect, it } from "vitest";
import { formatStatement, type Statement } from "../../../signer/policy/index.ts";
import { parseStatement } from "../../../signer/policy/statement.ts";
import { refusal } from "../../shared/refusal.ts";

const statement: Statement = {
  action: "resume",
  object: "route one-to-two, paused at record 17",
  ledger: "0123456789abcdef0123456789abcdef",
  expiresMs: Date.parse("2026-06-01T12:00:00Z"),
};
const text = `hsm-attestor statement v1
action: resume
object: route one-to-two, paused at record 17
ledger: 0123456789abcdef0123456789abcdef
expires: 2026-06-01T12:00:00Z
`;

describe("a statement", () => {
  it("is a text that a person can read, and one text only", () => {
    expect(formatStatement(statement)).toBe(text);
    expect(parseStatement(text)).toEqual(statement);
  });

  it.each([
    ["another title", text.replace("v1", "v2")],
    ["an action that nobody asks for", text.replace("resume", "sign-everything")],
    ["lines in another order", text.replace(/(action.*\n)(object.*\n)/, "$2$1")],
    ["a line more", `${text}note: hello\n`],
    ["a line twice", text.replace(/(object.*\n)/, "$1$1")],
    ["no line feed at its end", text.trimEnd()],
    ["carriage returns", text.replaceAll("\n", "\r\n")],
    ["no object", text.replace(/object: .*/, "object: ")],
    ["an object that begins with a blank", text.replace("object: ", "object:  ")],
    ["an object of two lines", text.replace("paused", "\npaused")],
    ["letters beyond ASCII", text.replace("route", "rоute")],
    ["a ledger id in capitals", text.replace("abcdef\n", "ABCDEF\n")],
    ["a time of another zone", text.replace("Z\n", "+01:00\n")],
    ["a day that does not exist", text.replace("06-01", "06-31")],
    ["fractions of a second", text.replace("00Z", "00.5Z")],
  ])("is refused with %s", (_what, spoilt) => {
    expect(spoilt).not.toBe(text);
    refusal("invalid_field", () => parseStatement(spoilt));
  });
});
