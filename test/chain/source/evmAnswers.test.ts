import { expect, test } from "vitest";
import { hexData } from "../../../chain/source/evm/answers.ts";

/** Half of the longest answer that is read, and more than a pattern that remembers each byte has room for. */
const long = `0x${"ab".repeat(8_000_000)}`;

test.each([
  ["nothing", "0x", true],
  ["bytes", "0xAb", true],
  ["half a byte", "0xa", false],
  ["no prefix", "ab", false],
  ["no hex", "0xag", false],
  ["16 MB of bytes", long, true],
  ["16 MB and no hex", `${long}0g`, false],
  ["16 MB and half a byte", `${long}0`, false],
])("hex bytes: %s", (_what, text, isValid) => {
  expect(hexData.safeParse(text).success).toBe(isValid);
});
