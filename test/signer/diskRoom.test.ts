import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { freeBytes, lackOfRoom } from "../../signer/diskRoom.ts";

it("reads what the file system has free", () => {
  expect(freeBytes(tmpdir())).toBeGreaterThan(1_000_000);
});

it("fails closed where that cannot be read", () => {
  expect(lackOfRoom("/none", freeBytes)).toBe("how much disk is free where the ledger is cannot be told (ENOENT)");
});
