import { rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openDenyList } from "../../../signer/policy/index.ts";
import { refusal } from "../../shared/refusal.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { addresses } from "../samples.ts";

function listOf(text: string) {
  const file = path.join(temporaryFolder(), "deny-list.txt");
  writeFileSync(file, text);
  return { file, open: () => openDenyList(file) };
}

describe("a deny list", () => {
  it("has its addresses in the spelling of packets, however they are written", () => {
    const { open } = listOf(`# stolen funds\n${addresses.sender.toLowerCase()} # one\r\n\n  ${addresses.aleo}\n`);
    const { has } = open().now();
    expect([addresses.sender, addresses.aleo, addresses.receiver].map(has)).toEqual([true, true, false]);
  });

  it("is looked at again as soon as its file changes", () => {
    const { file, open } = listOf(`${addresses.sender}\n`);
    const list = open();
    const before = list.now();
    writeFileSync(file, `${addresses.receiver}\n`);
    const after = list.now();
    expect([after.has(addresses.sender), after.has(addresses.receiver)]).toEqual([false, true]);
    expect(after.version).not.toBe(before.version);
    expect(after.version).toMatch(/^sha256:[0-9a-f]{64}$/);
  });

  it("is looked at again even if the change kept size and time", () => {
    const { file, open } = listOf(`${addresses.sender}\n`);
    utimesSync(file, 1, 1);
    const list = open();
    list.now();
    writeFileSync(file, `${addresses.receiver}\n`);
    utimesSync(file, 1, 1);
    expect(list.now().has(addresses.receiver)).toBe(true);
  });

  it.each([
    ["a line that is no address", `${addresses.sender}\nalice\n`, "line 2 is no address (0x… or aleo1…)"],
    ["an address with a wrong checksum", addresses.sender.replace("F", "f"), "line 1 is no address (0x… or aleo1…)"],
    ["no address at all", "# nobody\n", "holds no address"],
  ])("is refused with %s", (_what, text, problem) => {
    const { file, open } = listOf(text);
    expect(refusal("config_invalid", open).data).toEqual({ file, problems: [problem] });
  });

  it.each(["/dev/zero", "/dev/null", import.meta.dirname])("is not read from %s, which is no file", (path) => {
    const [problem] = refusal("config_invalid", () => openDenyList(path)).data.problems;
    expect(problem).toBe("is no file but a folder, a device or the like");
  });

  it("is broken, not forgotten, while its file is gone or spoilt", () => {
    const { file, open } = listOf(`${addresses.sender}\n`);
    const list = open();
    rmSync(file);
    expect(refusal("config_invalid", () => list.now()).data.problems).toEqual([
      "cannot be read (ENOENT: there is no such file)",
    ]);
    writeFileSync(file, "alice\n");
    refusal("config_invalid", () => list.now());
    refusal("config_invalid", () => list.now());
    writeFileSync(file, `${addresses.sender}\n`);
    expect(list.now().has(addresses.sender)).toBe(true);
  });
});
