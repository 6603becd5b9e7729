import { appendFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../../shared/clock/index.ts";
import { addressOfPublicKey, publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { AttestorError } from "../../../shared/errors/index.ts";
import { createLogger } from "../../../shared/log/index.ts";
import {
  chainHead,
  checkpointsAfter,
  isSignedBy,
  keepCheckpoints,
  latestCheckpoint,
  parseCheckpoint,
} from "../../../signer/audit/index.ts";
import type { SignerState } from "../../../signer/state/index.ts";
import { testKeeper, testKey } from "../../support/testKeeper.ts";
import { type TemporaryState, temporaryState } from "../state/temporaryState.ts";
import { untilTrue } from "./untilTrue.ts";

const key = { name: "audit", address: addressOfPublicKey(publicKeyFromHex(testKey(9).publicKey) ?? new Uint8Array()) };
const keeper = testKeeper([], { audit: 9 });
const logger = createLogger({ service: "test", level: "error" }, { write: () => {} });
const addRecord = (state: SignerState) =>
  state.decide((transaction) => transaction.record({ kind: "clock", body: {} }));

function checkpoints(files: TemporaryState, changes: Partial<Parameters<typeof keepCheckpoints>[0]> = {}) {
  const file = path.join(path.dirname(files.file), "checkpoints.jsonl");
  const defaults = {
    state: files.state,
    keeper,
    key,
    file,
    records: 3,
    interval: 3_600_000,
    clock: systemClock,
    logger,
  };
  const running = keepCheckpoints({ ...defaults, ...changes });
  const complete = () => (existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : []);
  const lines = () => complete().map(parseCheckpoint);
  return { file, lines, stop: () => running[Symbol.asyncDispose]() };
}

describe("checkpoints of the audit chain", () => {
  it("are signed by the audit key over ledger, size, head and time, and written to database and file", async () => {
    const files = temporaryState();
    const { lines, stop } = checkpoints(files);
    await untilTrue(() => lines().length === 1);
    const { size, head } = files.state.read(chainHead);
    const [first] = lines();
    expect(first).toMatchObject({ ledger: files.state.id, size, head, signer: key.address });
    expect(first && isSignedBy(first, key.address)).toBe(true);
    expect(first && isSignedBy({ ...first, size: size + 1 }, key.address)).toBe(false);
    expect(latestCheckpoint(files.state)).toEqual(first);
    await stop();
    expect(lines()).toHaveLength(1); // nothing new to vouch for
  });

  it("are made after so many records, and once more at the end", async () => {
    const files = temporaryState();
    const { lines, stop } = checkpoints(files);
    await untilTrue(() => lines().length === 1);
    for (const _ of [1, 2, 3]) await addRecord(files.state);
    await untilTrue(() => lines().length === 2);
    await addRecord(files.state);
    await stop();
    expect(lines().map(({ size }) => size)).toEqual([1, 4, 5]);
    expect(checkpointsAfter(files.state, 1, 10).map(({ size }) => size)).toEqual([4, 5]);
    expect(checkpointsAfter(files.state, 1, 1).map(({ size }) => size)).toEqual([4]);
  });

  it("are made after so much time, if there is any news", async () => {
    const files = temporaryState();
    const { lines, stop } = checkpoints(files, { records: 1_000, interval: 1 });
    await untilTrue(() => lines().length === 1);
    await addRecord(files.state);
    await untilTrue(() => lines().length === 2);
    await stop();
    expect(lines()).toHaveLength(2);
  });

  it("come later when the key cannot sign now, and decisions never wait for them", async () => {
    const files = temporaryState();
    const faults = [new AttestorError("keeper_unavailable", { reason: "being rebuilt" })];
    const letGo = Promise.withResolvers<void>();
    const moody: typeof keeper.checkpoint = async (request) => {
      const fault = faults.pop();
      if (fault) throw fault;
      await letGo.promise;
      return keeper.checkpoint(request);
    };
    const { lines, stop } = checkpoints(files, { keeper: { checkpoint: moody }, records: 1 });
    await untilTrue(() => faults.length === 0);
    await addRecord(files.state); // resolves while the signature is being made
    expect(lines()).toEqual([]);
    letGo.resolve();
    await untilTrue(() => lines().at(-1)?.size === 2);
    await stop();
  });

  it("that cannot be made are told once for each reason, not at every look", async () => {
    const files = temporaryState();
    const reasons = ["it hangs", "it hangs", "it hangs", "its socket is gone", "its socket is gone"];
    const sick: typeof keeper.checkpoint = async (request) => {
      const reason = reasons.shift();
      if (reason !== undefined) throw new AttestorError("keeper_unavailable", { reason });
      return keeper.checkpoint(request);
    };
    const log: string[] = [];
    const { lines, stop } = checkpoints(files, {
      keeper: { checkpoint: sick },
      clock: { ...systemClock, sleep: (ms, signal) => systemClock.sleep(ms / 100, signal) },
      logger: createLogger({ service: "test", level: "info" }, { write: (line) => void log.push(line) }),
    });
    await untilTrue(() => lines().length === 1);
    await stop();
    expect(log.map((line) => JSON.parse(line).err?.message ?? JSON.parse(line).msg)).toEqual([
      "The keeper of the keys is not available: it hangs.",
      "The keeper of the keys is not available: its socket is gone.",
      "checkpoints of the audit chain are made again",
    ]);
  });

  it("that cannot be written are told with the file and why: its setting may be misspelt", async () => {
    const file = "/nonexistent/checkpoints.jsonl";
    const log: string[] = [];
    const { stop } = checkpoints(temporaryState(), {
      file,
      logger: createLogger({ service: "test", level: "info" }, { write: (line) => void log.push(line) }),
    });
    await untilTrue(() => log.length > 0);
    await stop();
    expect(JSON.parse(log[0] ?? "")).toMatchObject({ level: "error", file, reason: "ENOENT: there is no such file" });
  });

  it("that a crash kept from the file, or cut short in it, are written at the next start", async () => {
    const files = temporaryState();
    const first = checkpoints(files);
    await untilTrue(() => first.lines().length === 1);
    const kept = readFileSync(first.file, "utf8");
    await addRecord(files.state);
    await first.stop();
    expect(first.lines()).toHaveLength(2);
    writeFileSync(first.file, kept + readFileSync(first.file, "utf8").slice(kept.length, -20));
    const second = checkpoints(files);
    await untilTrue(() => second.lines().length === 2);
    await second.stop();
    expect(second.lines().map(({ size }) => size)).toEqual([1, 2]);
  });

  it("stay readable when a full disk cut one short, and the next is written when there is room", async () => {
    const files = temporaryState();
    const { file, lines, stop } = checkpoints(files);
    await untilTrue(() => lines().length === 1);
    appendFileSync(file, '{"ledger":"0123'); // as much of the next line as had room
    await addRecord(files.state);
    await stop();
    expect(lines().map(({ size }) => size)).toEqual([1, 2]);
    await checkpoints(files).stop();
    expect(lines().map(({ size }) => size)).toEqual([1, 2]);
  });
});

describe("a checkpoint file", () => {
  async function stopped(): Promise<{ files: TemporaryState; file: string }> {
    const files = temporaryState();
    const { file, stop } = checkpoints(files);
    await stop();
    return { files, file };
  }
  const refusal = (files: TemporaryState, changes = {}) => expect(() => checkpoints(files, changes));

  it("that vouches for records which the ledger does not have keeps the signer from starting", async () => {
    const older = temporaryState();
    const { file } = checkpoints(older);
    const newer = checkpoints(older);
    await addRecord(older.state);
    await newer.stop();
    const line = JSON.parse(readFileSync(file, "utf8").trimEnd().split("\n").at(-1) ?? "");
    const atMs = Date.parse(line.at);
    const ahead = { ledger: older.state.id, size: 9, head: line.head, atMs };
    const signature = await keeper.checkpoint({ key: "audit", ...ahead });
    appendFileSync(file, `${JSON.stringify({ ...line, size: "9", signature })}\n`);
    refusal(older).toThrow("vouches for 9 records that the ledger does not have: the ledger was replaced");
  });

  it("of another ledger, of another key, or of no checkpoints keeps the signer from starting", async () => {
    const { files, file } = await stopped();
    const other = temporaryState();
    refusal(other, { file }).toThrow(`is of ledger ${files.state.id}, and this is ${other.state.id}`);
    refusal(files, { key: { ...key, address: "0x0000000000000000000000000000000000000001" } }).toThrow("did not sign");
    writeFileSync(file, "hello\n");
    refusal(files).toThrow("is not a file of checkpoints (malformed_json)");
  });
});
