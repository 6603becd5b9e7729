import { readdirSync, readFileSync, truncateSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createSoftHsm, type SoftHsm } from "../support/softhsm.ts";
import { copyOfToken } from "../support/tornToken.ts";

let hsm: SoftHsm;
beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "one", id: "0001" }] });
});
afterAll(() => hsm.remove());

const configFile = () => hsm.env.SOFTHSM2_CONF as string;
function tokenFile(): string {
  const folder = /tokendir = (\S+)/.exec(readFileSync(configFile(), "utf8"))?.[1] ?? "";
  const [token = ""] = readdirSync(folder);
  return path.join(folder, token, "token.object");
}

it("puts a token back that a kill during its login emptied, and leaves a whole one", () => {
  const copy = copyOfToken(configFile());
  const before = readFileSync(tokenFile());
  expect(before.length).toBeGreaterThan(0);
  expect(copy.mend()).toBe(false);
  truncateSync(tokenFile(), 0);
  expect(copy.mend()).toBe(true);
  expect(readFileSync(tokenFile())).toEqual(before);
  expect(copy.mend()).toBe(false);
});

it("has nothing to mend where there is no token", () => {
  expect(copyOfToken(undefined).mend()).toBe(false);
});
