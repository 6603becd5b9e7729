import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { benchOptions } from "./options.ts";

it("measures for 4 seconds a line after 4,000 signatures, and prints a table", () => {
  expect(benchOptions([])).toEqual({ seconds: 4, warmUp: 4_000, form: "text" });
});

it("takes what the help lists", () => {
  const args = "--seconds 0.5 --warm-up 0 --markdown --only keeper --soak 2000".split(" ");
  expect(benchOptions(args)).toEqual({ seconds: 0.5, warmUp: 0, form: "markdown", only: "keeper", soak: 2_000 });
});

it("has a help that fits a screen", () => {
  const help = benchOptions(["--help"]);
  if (!("text" in help)) throw new Error("no help");
  expect(help.exitCode).toBe(0);
  expect(help.text.split("\n").length).toBeLessThan(24);
  expect(Math.max(...help.text.split("\n").map((line) => line.length))).toBeLessThan(120);
});

it.each([
  ["--nonsense", /^Unknown option '--nonsense'\nusage: .*\n--help says more\n$/],
  ["more", /^Unexpected argument 'more'/],
  ["--seconds", /argument missing\nusage: /],
  ["--seconds 0", /^--seconds takes /],
  ["--seconds many", /^--seconds takes /],
  ["--warm-up -1", /^Option '--warm-up' argument is ambiguous/],
  ["--warm-up 1.5", /^--warm-up takes /],
  ["--only disk", /^--only takes keeper, daemon, devices\n/],
  ["--soak 0", /^--soak takes /],
  ["--json --markdown", /exclude each other/],
])("says in three lines what is wrong with %s", (args, message) => {
  const answer = benchOptions(args.split(" "));
  expect(answer).toEqual({ exitCode: 2, text: expect.stringMatching(message) });
});

describe("the programs themselves", () => {
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(process.execPath, [path.join(import.meta.dirname, program), ...args]);

  it.each(["main.ts", "../../backlog/main.ts"])(
    "%s ends with 2 and no stack trace for an unknown option",
    async (program) => {
      await expect(run(program, "--nonsense")).rejects.toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringMatching(/^Unknown option '--nonsense'\nusage: [^\n]*\n--help says more\n$/),
      });
    },
  );

  it.each(["main.ts", "../../backlog/main.ts"])("%s prints its help and ends with 0", async (program) => {
    const { stdout, stderr } = await run(program, "--help");
    expect(stdout).toMatch(/^usage: npm run bench:/);
    expect(stderr).toBe("");
  });
});
