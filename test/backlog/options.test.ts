import { expect, it } from "vitest";
import { backlogOptions } from "./options.ts";

it("lets 2,000 packets pile up, and looks at a store of a million", () => {
  expect(backlogOptions([])).toEqual({ packets: 2_000, stored: 1_000_000, json: false, profile: undefined });
});

it("takes what the help lists", () => {
  const args = "--packets 500 --stored 0 --json --profile there".split(" ");
  expect(backlogOptions(args)).toEqual({ packets: 500, stored: 0, json: true, profile: "there" });
});

it.each([
  ["--packets 300", /^--packets takes a multiple of 250\nusage: /],
  ["--packets none", /^--packets takes /],
  ["--stored 29999", /^--stored takes 0 or at least 30000\n/],
  ["--nonsense", /^Unknown option '--nonsense'\nusage: /],
])("says what is wrong with %s", (args, message) => {
  expect(backlogOptions(args.split(" "))).toEqual({ exitCode: 2, text: expect.stringMatching(message) });
});
