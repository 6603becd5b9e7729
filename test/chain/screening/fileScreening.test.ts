import { createHash } from "node:crypto";
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { createFileScreening, type ScreenedAddress } from "../../../chain/screening/index.ts";
import { systemClock } from "../../../shared/clock/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";

const listed = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
const other = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";
const aleo = "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27";
const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
const sha256 = (bytes: string | Buffer) => createHash("sha256").update(bytes).digest("hex");
const evm = (text: string): ScreenedAddress => ({ family: "evm", text });

function screeningOf(content: string | Buffer, name = "list.txt") {
  const file = path.join(temporaryFolder(), name);
  writeFileSync(file, content);
  return { file, screening: createFileScreening({ name: "ofac", file }, { clock: systemClock, logger }) };
}

describe("a packet", () => {
  test("is flagged when one of its addresses is listed, white when none is", async () => {
    const { screening } = screeningOf(`# version: v7\n${listed}\n`);
    expect(await screening.screen([evm(other), evm(listed)])).toEqual({
      result: "flagged",
      source: "ofac",
      version: "v7",
      hash: sha256(`# version: v7\n${listed}\n`),
    });
    expect(await screening.screen([evm(other), evm(other)])).toEqual({
      result: "white",
      source: "ofac",
      version: "v7",
      hash: sha256(`# version: v7\n${listed}\n`),
    });
  });

  test("is flagged by an EVM address in any letter case, on either side", async () => {
    const { screening } = screeningOf(`${listed.toLowerCase()}\n0x${other.slice(2).toUpperCase()}\n`);
    expect(await screening.screen([evm(listed)])).toMatchObject({ result: "flagged" });
    expect(await screening.screen([evm(other)])).toMatchObject({ result: "flagged" });
  });

  test("is flagged by other addresses only as they are written", async () => {
    const { screening } = screeningOf(`${aleo}\nbc1qAbcdefgh\n`);
    expect(await screening.screen([{ family: "aleo", text: aleo }])).toMatchObject({ result: "flagged" });
    expect(await screening.screen([{ family: "aleo", text: "bc1qabcdefgh" }])).toMatchObject({ result: "white" });
  });
});

test("addresses of chains that no route leads to may stand in a list", async () => {
  const others = ["bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "4".repeat(64)];
  const { screening } = screeningOf(`${others.join("\n")}\n${listed}\n`);
  expect(await screening.screen([evm(listed)])).toMatchObject({ result: "flagged" });
});

describe("the version of a list", () => {
  test("is what the file says", async () => {
    const { screening } = screeningOf(`# OFAC\n#version: 2026-01-31 b \n\n${listed} # a comment\r\n`);
    expect(screening.state()).toMatchObject({ version: "2026-01-31 b", reason: undefined });
  });

  test("is the hash of a file that says nothing", async () => {
    const { screening, file } = screeningOf(`${listed}\n`);
    expect(screening.state()).toMatchObject({ version: `sha256:${sha256(readFileSync(file))}`, reason: undefined });
  });
});

test("tells how old the file is", () => {
  const { screening, file } = screeningOf(`${listed}\n`);
  utimesSync(file, new Date(), new Date(Date.now() - 3_600_000));
  expect(Math.round(screening.state().ageMs / 60_000)).toBe(60);
});

test("reads YAML with unquoted addresses", async () => {
  const { screening } = screeningOf(`version: 2026.1\naddresses:\n  - ${listed}\n  - ${aleo}\n`, "list.yaml");
  expect(await screening.screen([evm(listed)])).toMatchObject({ result: "flagged", version: "2026.1" });
});

describe("can't tell, and never says white, by", () => {
  test.each<[string, string | Buffer, string, string]>([
    ["an empty file", "", "list.txt", "it holds no address"],
    ["a file of comments", "# nothing\n\n", "list.txt", "it holds no address"],
    ["an address that was cut off", `${listed}\n0x2D9B1dF35e4f`, "list.txt", "entry 2 is not an address"],
    ["an Aleo address with a wrong checksum", aleo.replace("7", "8"), "list.txt", "entry 1 is not an address"],
    ["two addresses on a line", `${listed} ${other}`, "list.txt", "entry 1 is not an address"],
    ["an EVM address without 0x", `${other}\n${listed.slice(2)}`, "list.txt", "entry 2 is not an address"],
    ["an EVM address in quotes", `"${listed}",`, "list.txt", "entry 1 is not an address"],
    ["an EVM address by CAIP-10", `eip155:1:${listed}`, "list.txt", "entry 1 is not an address"],
    ["an EVM address by ICAP", "XE7338O073KYGTWWZN0F2WZ0R8PX5ZPPZS", "list.txt", "entry 1 is not an address"],
    ["an Aleo address in upper case", aleo.toUpperCase(), "list.txt", "entry 1 is not an address"],
    ["an Aleo address in quotes", `'${aleo}'`, "list.txt", "entry 1 is not an address"],
    ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00, 0x41]), "list.txt", "entry 1 is not an address"],
    ["a version of 200 characters", `# version: ${"v".repeat(200)}\n${listed}`, "list.txt", "its version is not"],
    ["broken YAML", "addresses: [", "list.yaml", "it is not valid YAML"],
    ["YAML without addresses", "version: 1", "list.yaml", "addresses: is missing"],
    ["YAML with another key", `addresses: [${listed}]\nlist: 1`, "list.yaml", "list: is not a known key"],
  ])("%s", async (_what, content, name, reason) => {
    const { screening } = screeningOf(content, name);
    const answer = await screening.screen([evm(other)]);
    expect("cannotTell" in answer && answer.cannotTell).toContain(reason);
    expect(screening.state()).toMatchObject({
      version: undefined,
      reason: "cannotTell" in answer && answer.cannotTell,
    });
  });

  test("a missing file", async () => {
    const { screening, file } = screeningOf(`${listed}\n`);
    rmSync(file);
    expect(await screening.screen([evm(other)])).toEqual({
      cannotTell: "the screening list ofac can't be used: it cannot be read (ENOENT)",
    });
  });
});

describe("a file that changes", () => {
  test("is read anew as a whole", async () => {
    const { screening, file } = screeningOf(`# version: 1\n${listed}\n`);
    expect(await screening.screen([evm(other)])).toMatchObject({ result: "white", version: "1" });
    writeFileSync(`${file}.new`, `# version: 2\n${other}\n`);
    renameSync(`${file}.new`, file);
    expect(await screening.screen([evm(other)])).toMatchObject({ result: "flagged", version: "2" });
    expect(await screening.screen([evm(listed)])).toMatchObject({ result: "white", version: "2" });
  });

  test("to something broken is not replaced by what it was before", async () => {
    const { screening, file } = screeningOf(`# version: 1\n${listed}\n`);
    expect(await screening.screen([evm(other)])).toMatchObject({ result: "white" });
    writeFileSync(file, "0x12");
    expect(await screening.screen([evm(other)])).toHaveProperty("cannotTell");
    writeFileSync(file, `# version: 3\n${listed}\n`);
    expect(await screening.screen([evm(other)])).toMatchObject({ result: "white", version: "3" });
  });
});
