import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringifyJson } from "../../../shared/json/index.ts";
import type { Attestation } from "../../../shared/wire/index.ts";
import { attestorHere } from "../../support/attestorHere.ts";
import { createDrillWorld, type DrillWorld, type Host } from "./drillWorld.ts";

/** The drills of docs/restore.md, one after the other over one token. */
let drill: DrillWorld;
let host: Host;
const held = new Map<bigint, Attestation>();

beforeAll(async () => {
  drill = await createDrillWorld();
  host = drill.host;
});
afterAll(() => drill.close());

async function attest(by: Host, sequence: bigint): Promise<void> {
  const { attestation } = await by.ask(sequence);
  if (!attestation) throw new Error(`packet ${sequence} is not attested`);
  held.set(sequence, attestation);
}

function rmLedger({ ledgerFile }: Host): void {
  for (const part of ["", "-wal", "-shm"]) rmSync(`${ledgerFile}${part}`, { force: true });
}

/** Writes a history without records. @returns the file. */
function documentOf(name: string, ledger: string, watermarks: readonly object[]): string {
  const head = { format: "hsm-attestor-ledger", version: 1, ledger, exportedAt: "2026-11-26T13:00:00Z" };
  writeFileSync(drill.at(name), stringifyJson({ ...head, records: [], watermarks }));
  return drill.at(name);
}

const failedBy = (rule: string) => ({ status: 503, rule, attestation: undefined });

describe("drill: the ledger is lost", () => {
  let lost: string;
  let yesterday: string;
  let ledger: string;

  beforeAll(async () => {
    await host.start();
    await host.show(undefined);
    await attest(host, 1n);
    await host.stop();
    yesterday = host.export("yesterday.json");
    await host.start();
    await host.show(held.get(1n));
    await attest(host, 2n);
    await host.stop();
    rmLedger(host);
  });

  it("the signer does not start, and no new ledger is made by mistake", async () => {
    await expect(host.start()).rejects.toMatchObject({ code: "database_missing" });
    const { code, stderr } = await host.ledger("init");
    expect(code).toBe(1);
    lost = /belongs to ledger ([0-9a-f]{32})/.exec(stderr)?.[1] ?? "";
    expect(lost).toHaveLength(32);
  });

  it("a new ledger in its place does not start beside the checkpoints of the old one", async () => {
    ledger = await host.init("--replace", lost);
    await expect(host.start()).rejects.toThrow(`is of ledger ${lost}, and this is ${ledger}; move it away`);
    rmSync(host.checkpointFile);
  });

  it("it signs nothing before its clients have shown what they hold, and nothing once one holds what it does not know", async () => {
    await host.start();
    expect(await host.ask(3n)).toMatchObject(failedBy("newest"));
    expect(await host.show(held.get(2n))).toBe(409);
    expect(await host.ask(3n)).toMatchObject(failedBy("rollback"));
    await host.stop();
    await host.start();
    expect(await host.ask(3n), "over restarts too").toMatchObject(failedBy("rollback"));
    await host.stop();
  });

  it("yesterday's export alone is not enough; with the rest closed it goes on, and signs nothing twice", async () => {
    await host.import(yesterday);
    await host.start();
    expect(await host.ask(3n)).toMatchObject(failedBy("rollback"));
    await host.stop();
    const upTo2 = { deployment: "local", source: "1", destination: "2", watermark: "2", open: [] };
    await host.import(documentOf("closing.json", ledger, [upTo2]));
    await host.start();
    expect(await host.ask(3n)).toMatchObject(failedBy("newest"));
    expect(await host.show(held.get(2n))).toBe(200);
    expect(await host.ask(1n)).toMatchObject({ status: 200, attestation: held.get(1n) });
    expect(await host.ask(2n)).toMatchObject({ status: 403, code: "closed_by_import" });
    await attest(host, 3n);
    await host.stop();
  });
});

describe("drill: the host is lost, and a standby takes over", () => {
  let active: string;
  let standby: Host;

  /** What `ledger take-over` says to a statement that these operators sign now. */
  async function takeOver(...operators: string[]) {
    const statement = (await standby.ledger("statement")).stdout;
    return submit(statement, operators);
  }

  async function submit(statement: string, operators: readonly string[]) {
    writeFileSync(drill.at("take-over.txt"), statement);
    const signatures = drill.world.operators
      .filter(({ name }) => operators.includes(name))
      .map(({ name, sign }) => {
        writeFileSync(drill.at(`${name}.sig`), sign(statement));
        return drill.at(`${name}.sig`);
      });
    const words = ["--statement", drill.at("take-over.txt"), "--signatures", signatures.join(","), "--json"];
    return standby.ledger("take-over", ...words);
  }

  it("a standby's ledger is made beside the active one and leaves it the keys", async () => {
    standby = drill.otherHost("standby");
    active = /belongs to ledger ([0-9a-f]{32})/.exec((await standby.ledger("init")).stderr)?.[1] ?? "";
    await standby.init("--standby-of", active);
    const stray = documentOf("stray.json", "cd".repeat(16), []);
    await expect(standby.import(stray)).rejects.toThrow(`the history is of ${"cd".repeat(16)}. Nothing was imported`);
    await expect(standby.start()).rejects.toThrow(`This ledger is the standby of ledger ${active}`);
  });

  it("the active signer ships what it signed while it runs, and with all of it the standby still does not sign", async () => {
    await host.start();
    const shipped = await host.ship("shipped.json");
    const history = JSON.parse(readFileSync(shipped, "utf8"));
    expect(history).toMatchObject({ ledger: active, watermarks: [{ deployment: "local", watermark: "2" }] });
    await standby.import(shipped);
    const { stdout } = await attestorHere(["ledger", "verify", standby.ledgerFile, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ sound: true, signed: history.records.length });
    await expect(standby.start()).rejects.toMatchObject({ code: "setup_needed" });

    expect(await host.show(held.get(3n)), "the active one has gone on").toBe(200);
    await attest(host, 4n);
    await host.stop();
  });

  it("one operator cannot have it take over, nor can two whose history is another one by now", async () => {
    const early = (await standby.ledger("statement")).stdout;
    expect(early).toMatch(
      new RegExp(`^action: take-over\nobject: keys of ledger ${active}, history sha256 [0-9a-f]{64}$`, "m"),
    );
    expect(await submit(early, ["olga"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("only olga signed"),
    });
    await standby.import(documentOf("more.json", active, []));
    expect(await submit(early, ["olga", "otto"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the statement is about keys of ledger"),
    });
    await expect(standby.start()).rejects.toMatchObject({ code: "setup_needed" });
  });

  it("two operators have it take over; the old signer stops signing when its keeper sees it, and does not start again", async () => {
    await host.start();
    await host.show(held.get(4n));
    const { code, stdout, stderr } = await takeOver("olga", "otto");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ instead: active, bound: ["to-one", "to-two"] });
    host.killKeeper();
    await expect
      .poll(() => host.readiness(), { timeout: 60_000 })
      .toContainEqual(expect.stringMatching(/^key to-(one|two) belongs to ledger [0-9a-f]{32} now, its token says/));
    expect(await host.ask(5n)).toMatchObject({ status: 503, attestation: undefined });
    await host.stop();
    await expect(host.start()).rejects.toMatchObject({ code: "ledger_mismatch" });
  });

  it("it refuses everything while it is older than what a client presents, until the rest is shipped", async () => {
    await standby.start();
    expect(await standby.ask(5n)).toMatchObject(failedBy("newest"));
    expect(await standby.show(held.get(4n))).toBe(409);
    expect(await standby.ask(5n)).toMatchObject(failedBy("rollback"));
    expect((await standby.readiness()).join()).toContain("the ledger is an older copy");
    await standby.stop();

    await standby.import(host.export("from-the-old-disk.json"));
    await standby.start();
    expect(await standby.show(held.get(4n))).toBe(200);
    for (const sequence of [1n, 3n, 4n]) {
      expect(await standby.ask(sequence)).toMatchObject({ status: 200, attestation: held.get(sequence) });
    }
    expect(await standby.ask(2n), "closed stays closed").toMatchObject({ status: 403, code: "closed_by_import" });
    await attest(standby, 5n);
    await standby.stop();
    host = standby;
  });
});

describe("drill: the HSM is replaced", () => {
  it("the signer does not start without the token, nor with a new key that nobody bound to the ledger", async () => {
    const replacement = await drill.replaceToken();
    await expect(host.start()).rejects.toMatchObject({ code: "token_missing" });
    host = drill.otherHost("standby", replacement);
    await expect(host.start()).rejects.toMatchObject({ code: "ledger_mismatch", data: { found: "no ledger" } });
  });

  it("bound to the ledger, it answers what was signed as before, and signs the rest with the new key", async () => {
    expect((await host.ledger("bind")).code).toBe(0);
    await expect(host.start()).rejects.toThrow("a checkpoint that the audit key did not sign; move it away");
    rmSync(host.checkpointFile);
    await host.start();
    expect(await host.ask(6n)).toMatchObject(failedBy("newest"));
    expect(await host.show(held.get(5n))).toBe(200);
    expect(await host.ask(5n)).toMatchObject({ status: 200, attestation: held.get(5n) });
    await attest(host, 6n);
    expect(held.get(6n)?.signer).not.toBe(held.get(5n)?.signer);
  });
});
