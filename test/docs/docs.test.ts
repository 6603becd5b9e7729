import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../cli/command.ts";
import { commands } from "../../cli/commands/index.ts";
import { isAttestorError } from "../../shared/errors/index.ts";
import { repository } from "../support/attestor.ts";

const pages = ["README.md", ...readdirSync(path.join(repository, "docs")).map((name) => `docs/${name}`)]
  .filter((name) => name.endsWith(".md"))
  .map((name) => ({ name, text: readFileSync(path.join(repository, name), "utf8") }));

const rooms = ["shared", "hsm", "signer", "chain", "collector", "cli", "contracts"];
const source = rooms
  .flatMap((room) =>
    readdirSync(path.join(repository, room), { recursive: true, encoding: "utf8" }).map((file) =>
      path.join(room, file),
    ),
  )
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(path.join(repository, file), "utf8"))
  .join("\n");

/** As GitHub makes them from headings. */
function anchorsOf(text: string): string[] {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Command lines that a page shows: in code fences, and in backquotes. Placeholders stand for values. */
function commandLines(text: string): string[] {
  const joined = text.replaceAll(/\\\n\s*/g, "");
  const fenced = [...joined.matchAll(/^(?:\$ )?(?:\.\/|npx )?attestor ([a-z].*)$/gm)];
  const quoted = [...joined.matchAll(/`(?:\.\/)?attestor ([a-z][^`]*)`/g)];
  return [...fenced, ...quoted].map(([, line = ""]) => (line.replace(/\s+[>#|].*$/, "").split("; ")[0] ?? "").trim());
}

/** Words of a command line as a shell takes them apart, which is all that these pages use of it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

async function problemOf(line: string): Promise<string | undefined> {
  const words = wordsOf(line);
  const matching = commands.filter(({ name }) => name.split(" ").every((word, index) => words[index] === word));
  const [entry] = matching.sort((a, b) => b.name.length - a.name.length);
  const isGroup = commands.some(({ name }) => name.startsWith(`${words[0]} `)) && words.length === 1;
  if (!entry)
    return isGroup || line.startsWith("COMMAND") ? undefined : `there is no command ${words.slice(0, 2).join(" ")}`;
  const rest = words.slice(entry.name.split(" ").length);
  if (rest.includes("--help")) return undefined;
  const known = Object.keys((await entry.load()).options);
  const unknown = rest.filter((word) => word.startsWith("--")).map((word) => word.slice(2).split("=")[0] ?? "");
  const strange = unknown.find((option) => !known.includes(option));
  if (strange !== undefined) return `${entry.name} has no option --${strange}`;
  try {
    parseCommandLine(await entry.load(), rest);
    return undefined;
  } catch (error) {
    // A sentence may name a command without all that it needs; what it does name must be right.
    if (isAttestorError(error, "usage") && / is missing$|needs a value$/.test(error.data.reason)) return undefined;
    return String(error);
  }
}

describe.each(pages)("$name", ({ name, text }) => {
  it("links to nothing that is not there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = ""]) => target)
      .filter((target) => !/^https?:/.test(target));
    const broken = links.filter((target) => {
      const [file = "", anchor] = target.split("#");
      const where = file === "" ? path.join(repository, name) : path.join(repository, path.dirname(name), file);
      if (!existsSync(where)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(where, "utf8")).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it("shows no command and no option that is not there", async () => {
    const problems = await Promise.all(commandLines(text).map(async (line) => [line, await problemOf(line)]));
    expect(problems.filter(([, problem]) => problem !== undefined)).toEqual([]);
  });

  it("names no metric that is not there", () => {
    const metrics = [...text.matchAll(/\b((?:signer|attestor|collector)_[a-z_]*[a-z])\b/g)].map(
      ([, metric = ""]) => metric,
    );
    // the chain-service puts its prefix before every name
    const isThere = (metric: string) =>
      source.includes(`"${metric.replace(/^attestor_chain_/, "")}"`) || source.includes(metric);
    expect(metrics.filter((metric) => !isThere(metric))).toEqual([]);
  });
});

/** What is read beside the pages: comments of samples and units, what an alert tells to do. */
const others = ["docs/samples", "deploy/systemd", "contracts/aleo", "docs"].flatMap((folder) =>
  readdirSync(path.join(repository, folder))
    .filter((name) => /\.(yaml|service|conf)$|^README\.md$/.test(name))
    .map((name) => ({ name: `${folder}/${name}`, text: readFileSync(path.join(repository, folder, name), "utf8") })),
);

/** Commands in a comment or in an alert's sentence, which may go on behind them: what is known to end one is cut off. */
function mentioned(text: string): string[] {
  const joined = text.replaceAll(/\n *# */g, " ");
  return [...joined.matchAll(/(?:[`(;:"=/]|, |: +|and |or |with )attestor ([a-z][^`";),\n]*)/g)].map(([, line = ""]) =>
    line.replace(/[.:] .*$|\.$/, "").trim(),
  );
}

describe.each(others)("$name", ({ text }) => {
  it("mentions no command and no option that is not there", async () => {
    const problems = await Promise.all(mentioned(text).map(async (line) => [line, await problemOf(line)]));
    // a sentence may go on after the command
    const wrong = problems.filter(([, problem]) => problem !== undefined && !/unexpected argument/.test(problem));
    expect(wrong).toEqual([]);
  });
});

it("the pages show commands, metrics and links at all", () => {
  const all = pages.map(({ text }) => text).join("\n");
  expect(commandLines(all).length).toBeGreaterThan(20);
  const beside = others.flatMap(({ text }) => mentioned(text));
  expect(beside.length).toBeGreaterThan(40);
  expect(beside).toEqual(expect.arrayContaining(["packets --retrying", "certs issue --role server", "hsm rotate"]));
  expect(all).toMatch(/signer_alarms_total/);
});
