import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import { approvalFileOf, readPolicy } from "../../../signer/policy/index.ts";
import { rejection } from "../../shared/refusal.ts";
import { hands, type PolicyData, policyWorld } from "./policyWorld.ts";

const widen = (policy: PolicyData) => Object.assign(policy.routes[0], { startSequence: 4 });
const narrow = (policy: PolicyData) => Object.assign(policy.routes[0], { startSequence: 6 });

describe("a policy in force", () => {
  it("is the one that the ledger was made with, until another is applied", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    expect(inForce.current()).toMatchObject({ text: world.text(1), policy: { version: 1 } });
    expect(inForce.status()).toEqual({ sinceMs: world.nowMs, attempt: undefined });
    expect(world.records("ledger")).toMatchObject([
      { body: { policy: { version: "1", hash: readPolicy(world.text(1), "").hash } } },
    ]);
  });

  it("is replaced by a narrower one that one operator signed", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const text = world.text(2, narrow);
    const applied = await inForce.apply(text, world.approval(text, ["otto"]));
    const { hash } = readPolicy(text, "");
    const line = ".routes.one-to-two.startSequence: 6 instead of 5";
    expect(applied).toEqual({ version: 2, hash, operators: ["otto"], changes: { widened: [], narrowed: [line] } });
    expect(inForce.current()).toMatchObject({ text, hash });
    expect(inForce.status()).toEqual({
      sinceMs: world.nowMs,
      attempt: { atMs: world.nowMs, version: 2, error: undefined },
    });
    expect(world.records("policy")).toMatchObject([
      { body: { version: "2", hash, operators: ["otto"], widened: [], narrowed: [line] } },
    ]);
  });

  it("is replaced by a wider one only if two operators signed", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const text = world.text(2, widen);
    const { data } = await rejection("approval_refused", inForce.apply(text, world.approval(text, ["otto"])));
    expect(data).toMatchObject({ action: "apply-policy", needed: 2, reason: "only otto signed" });
    expect(inForce.current().policy.version).toBe(1);
    expect(inForce.status().attempt).toMatchObject({ version: 2, error: { code: "approval_refused" } });
    await inForce.apply(text, world.approval(text, ["otto", "olga"]));
    expect(inForce.current().policy.version).toBe(2);
    expect(inForce.status().attempt).toMatchObject({ version: 2, error: undefined });
  });

  it("is replaced by one that allows the same only with a signature too", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const text = world.text(2);
    expect((await rejection("approval_refused", inForce.apply(text, undefined))).data).toMatchObject({ needed: 1 });
    await inForce.apply(text, world.approval(text, ["olga"]));
    expect(inForce.current().policy.version).toBe(2);
  });

  it("is replaced by the operators of the policy in force, not by those of the new one", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const text = world.text(2, (policy) => {
      Object.assign(policy.operators[1], { name: "mallory", signingKeys: [hands.mallory.sshKey] });
    });
    const approval = world.approval(text, ["olga", "mallory"]);
    const { data } = await rejection("approval_refused", inForce.apply(text, approval));
    expect(data.reason).toBe("signature 2 is by no operator of the policy in force");
  });

  it("stays as it is when the same text is applied again", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    expect(await inForce.apply(world.text(1), undefined)).toMatchObject({ version: 1, operators: [] });
    expect(world.records("policy")).toEqual([]);
  });

  it.each<[string, (world: ReturnType<typeof policyWorld>) => string, string]>([
    ["an older version", ({ text }) => text(1, widen), "version: 1 is older than 2, which is in force"],
    ["an older version that was in force", ({ text }) => text(1), "version: 1 is older than 2, which is in force"],
    [
      "the same version with another text",
      ({ text }) => `${text(2, narrow)}\n`,
      "version: 2 is in force with another text; a change needs a higher version",
    ],
    ["a text that is no policy", () => "hello", "the file: must be of type object"],
    [
      "a policy that does not fit the keys",
      ({ text }) => text(3, (p) => Object.assign(p.routes[0], { key: "k" })),
      "routes.0.key: there is no such key (known are to-two)",
    ],
    [
      "a deny list that is not there",
      ({ text }) => text(3, (p) => Object.assign(p, { denyList: "/none" })),
      "/none: cannot be read (ENOENT: there is no such file)",
    ],
  ])("is not replaced by %s, however many signed", async (_what, textOf, problem) => {
    const world = policyWorld();
    const inForce = await world.open();
    const second = world.text(2, narrow);
    await inForce.apply(second, world.approval(second, ["olga"]));
    const text = textOf(world);
    const anything = world.approval(world.text(4), ["olga", "otto"]);
    const { data } = await rejection("policy_refused", inForce.apply(text, anything));
    expect(data.problems).toEqual([problem]);
    expect(inForce.current().text).toBe(second);
    expect(inForce.status().attempt).toMatchObject({ error: { code: "policy_refused" } });
    expect(world.records("policy")).toHaveLength(1);
  });

  it("tells its listeners when it is replaced, and only then", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const seen: number[] = [];
    inForce.onChange(() => void seen.push(inForce.current().policy.version));
    await rejection("approval_refused", inForce.apply(world.text(2), undefined));
    const text = world.text(2);
    await inForce.apply(text, world.approval(text, ["olga"]));
    expect(seen).toEqual([2]);
  });

  it("is one of two that are applied at once, and the other is refused", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const texts = [world.text(2, narrow), world.text(2, widen)];
    const outcomes = await Promise.allSettled(
      texts.map((text) => inForce.apply(text, world.approval(text, ["olga", "otto"]))),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(inForce.current().text).toBe(texts[0]);
  });

  it("is known to a transaction as current or not", async () => {
    const world = policyWorld();
    const inForce = await world.open();
    const first = inForce.current();
    const isCurrent = () => world.files.state.decide((transaction) => inForce.isCurrent(transaction, first));
    expect(await isCurrent()).toBe(true);
    const text = world.text(2, narrow);
    await inForce.apply(text, world.approval(text, ["olga"]));
    expect(await isCurrent()).toBe(false);
  });
});

describe("at a start, the policy file", () => {
  it("replaces the policy in force if it is newer and its approval lies beside it", async () => {
    const world = policyWorld();
    const text = world.text(2, widen);
    writeFileSync(world.file, text);
    writeFileSync(approvalFileOf(world.file), stringifyJson(world.approval(text, ["olga", "otto"])));
    expect((await world.open()).current().text).toBe(text);
    world.files.reopen();
    expect((await world.open()).current().text, "and at the next start").toBe(text);
  });

  it.each<[string, (world: ReturnType<typeof policyWorld>) => string, RegExp]>([
    [
      "is newer and nobody signed for it",
      ({ text }) => text(2, narrow),
      /^apply-policy needs a statement signed by an operator: there is none\.$/,
    ],
    [
      "is wider and nobody signed for it",
      ({ text }) => text(2, widen),
      /^apply-policy needs a statement signed by 2 different operators: there is none\.$/,
    ],
    [
      "has another text under the same version",
      ({ text }) => text(1, narrow),
      /^version: 1 is in force with another text/,
    ],
    ["is no policy", () => "service: signer\n", /^service: is signer, and must be policy: /],
  ])("keeps the signer from starting if it %s", async (_what, textOf, problem) => {
    const world = policyWorld();
    writeFileSync(world.file, textOf(world));
    const { data } = await rejection("config_invalid", world.open());
    expect(data.file).toBe(world.file);
    expect(data.problems[0]).toMatch(problem);
  });

  it("keeps the signer from starting if it is gone", async () => {
    const world = policyWorld();
    rmSync(world.file);
    expect((await rejection("config_invalid", world.open())).data.problems).toEqual([
      "cannot be read (ENOENT: there is no such file)",
    ]);
  });

  it("keeps the signer from starting if its approval is no approval", async () => {
    const world = policyWorld();
    writeFileSync(world.file, world.text(2));
    writeFileSync(approvalFileOf(world.file), "{}");
    const { data } = await rejection("config_invalid", world.open());
    expect(data).toEqual({ file: `${world.file}.approval`, problems: ["statement: is missing."] });
  });

  it("is left behind by a policy that was applied over the network: the newer one stays, with a warning", async () => {
    const world = policyWorld();
    const text = world.text(2, widen);
    await (await world.open()).apply(text, world.approval(text, ["olga", "otto"]));
    world.files.reopen();
    expect((await world.open()).current().text).toBe(text);
    expect(world.log.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ level: "warn", version: 1, inForce: 2 }),
    );
  });

  it("is where a policy's relative paths start, even one that came over the network", async () => {
    const world = policyWorld();
    writeFileSync(path.join(path.dirname(world.file), "list.txt"), `0x${"1".repeat(40)}\n`);
    const inForce = await world.open();
    const text = world.text(2, (policy) => Object.assign(policy, { denyList: "list.txt" }));
    await inForce.apply(text, world.approval(text, ["olga"]));
    expect(
      inForce
        .current()
        .denyList?.now()
        .has(`0x${"1".repeat(40)}`),
    ).toBe(true);
  });
});

describe("the ledger's record of policies", () => {
  it.each<[string, string, RegExp]>([
    ["takes back none", "DELETE FROM policies", /never deleted/],
    ["changes none", "UPDATE policies SET text = 'x'", /never changes/],
    ["takes no older one", `INSERT INTO policies VALUES (1, '0x${"a".repeat(64)}', 'x', '[]', 0)`, /higher version/],
    ["takes back no used statement", "DELETE FROM spent_statements", /stays used/],
    ["changes no used statement", "UPDATE spent_statements SET spent_at_ms = 0", /stays used/],
  ])("%s", async (_what, sql, reason) => {
    const world = policyWorld();
    const text = world.text(2);
    await (await world.open()).apply(text, world.approval(text, ["olga"]));
    expect(() => world.files.state.read((database) => database.prepare(sql).run())).toThrow(reason);
  });
});
