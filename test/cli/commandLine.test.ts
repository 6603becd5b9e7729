import { describe, expect, it } from "vitest";
import { commands } from "../../cli/commands/index.ts";
import { commandHelp } from "../../cli/help.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";

const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

describe("the attestor command", () => {
  it("lists every command and its exit codes on one screen", async () => {
    const { code, stdout } = await attestor(["--help"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    for (const { name, summary } of commands) {
      const [first = "", second] = name.split(" ");
      const about = lines.find(([word]) => word === first)?.[1] ?? "";
      if (second === undefined) expect(about.split("; also ")[0]).toBe(summary);
      else expect(about.split(/, |: |also /), name).toContain(second);
    }
    expect(stdout.split("\n").length).toBeLessThanOrEqual(24);
    expect(widest(stdout)).toBeLessThanOrEqual(80);
    expect(stdout).toContain("Exit codes: 0 done, 1 refused or failed, 2 wrong usage or configuration.");
  });

  it("lists the commands that begin with one word, with what each does", async () => {
    const { code, stdout } = await attestorHere(["policy"]);
    expect(code).toBe(2);
    const lines = stdout.split("\n").map((line) => line.trim().split(/ {2,}/));
    const listed = commands.filter(({ name }) => name.startsWith("policy "));
    expect(listed.length).toBeGreaterThan(2);
    for (const { name, summary } of listed) expect(lines).toContainEqual([name, summary]);
  });

  it("explains each command on one screen", async () => {
    for (const { name, load } of commands) {
      const command = await load();
      expect(command.name).toBe(name);
      const stdout = commandHelp(command);
      for (const option of Object.keys(command.options)) expect(stdout, name).toContain(`--${option}`);
      expect(stdout.split("\n").length, name).toBeLessThanOrEqual(24);
      expect(widest(stdout), name).toBeLessThanOrEqual(80);
    }
  });

  it("shows a command that is to be typed on a line of its own", async () => {
    const { policyStatement } = await import("../../cli/commands/policyStatement.ts");
    expect(commandHelp(policyStatement).split("\n")).toEqual(
      expect.arrayContaining([
        "  attestor policy statement policy.yaml --operator operator.yaml > change.txt",
        "  ssh-keygen -Y sign -n hsm-attestor -f ~/.ssh/id_ed25519_sk change.txt",
      ]),
    );
  });

  it("answers --help with that and exit code 0", async () => {
    const { hsmKeygen } = await import("../../cli/commands/hsmKeygen.ts");
    const { code, stdout } = await attestor(["hsm", "keygen", "--help"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: commandHelp(hsmKeygen) });
  });

  it("says the same of a command in the list and in its own help", async () => {
    for (const { summary, load } of commands) expect((await load()).summary).toBe(summary);
  });

  it.each([
    [[], "Usage: attestor COMMAND"],
    [["hsm"], "hsm keygen"],
  ])("answers %j with help and exit code 2", async (words, text) => {
    const { code, stdout } = await attestorHere(words);
    expect(code).toBe(2);
    expect(stdout).toContain(text);
  });

  it.each([
    [["digets"], "did you mean `attestor digest`?"],
    [["ledger", "inti"], "there is no command ledger inti; did you mean `attestor ledger init`?"],
    [["digest", "--shceme", "x"], "unknown option --shceme; did you mean --scheme?"],
    [["digest"], "--scheme NAME is missing"],
    [["digest", "--scheme"], "--scheme needs a value"],
    [["up", "--once=yes"], "--once takes no value"],
    [["up", "--packets", "-3"], "--packets"],
    [["up", "--packets", "ten"], "--packets must be a whole number above 0"],
    [["up", "--port-base", "70000"], "--port-base must be at most 65456"],
    [["up", "--stand-in"], "--stand-in goes with --aleo"],
    [["certs", "pin"], "FILE is missing"],
    [["certs", "pin", "a", "b"], "unexpected argument b"],
  ])("refuses %j with exit code 2", async (words, text) => {
    const { code, stdout, stderr } = await attestorHere(words);
    expect(stderr).toContain(text);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(code).toBe(2);
  });
});
