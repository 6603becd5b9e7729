import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { Duplex } from "node:stream";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { encodeAttest } from "../../../hsm/keeper/attestLine.ts";
import { possessionDigest } from "../../../hsm/keeper/possession.ts";
import { decodeReply } from "../../../hsm/keeper/protocol.ts";
import { publicKeyFromHex, recoverableSignature } from "../../../shared/ecdsa/index.ts";
import { stringifyJson } from "../../../shared/json/index.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { specOf } from "../support/keepers.ts";
import { packetWith, vector } from "../support/packets.ts";
import { isAlive, until } from "../support/until.ts";

interface Reply {
  readonly id: number | null;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: string; readonly data: Record<string, unknown> };
}

const signedLine = /^signed\t(\d+)\t(0x[0-9a-f]{128})$/;

let hsm: SoftHsm;
let child: ChildProcess;
let connection: Duplex;
let replies: AsyncIterator<string>;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
});

/** A keeper, spoken to as whoever gets hold of the daemon's end could. */
beforeEach(() => {
  child = spawn(process.execPath, [path.join(import.meta.dirname, "../../../hsm/keeper/main.ts")], {
    env: { ...hsm.env },
    stdio: ["ignore", "inherit", "inherit", "pipe", "pipe"],
  });
  const socket = child.stdio[3];
  if (!(socket instanceof Duplex)) throw new Error("no connection");
  connection = socket;
  connection.on("error", () => {});
  replies = createInterface({ input: connection })[Symbol.asyncIterator]();
});

afterEach(() => {
  child.kill("SIGKILL");
});

afterAll(() => hsm.remove());

async function say(line: string): Promise<Reply> {
  connection.write(`${line}\n`);
  const reply = await replies.next();
  if (reply.done === true) throw new Error("the keeper closed the connection");
  const [, id, signature] = signedLine.exec(reply.value) ?? [];
  return signature ? { id: Number(id), result: { signature } } : (JSON.parse(reply.value) as Reply);
}

const ask = (op: string, parameters: unknown, id: unknown = 1) => say(stringifyJson({ id, op, parameters }));
const open = () => {
  const stateFolder = path.join(hsm.folder, "state");
  return ask("open", { keys: [specOf(hsm, 0)], sessions: 1, stateFolder, callDeadlineMs: 5_000 });
};
const publicKey = () => publicKeyFromHex(specOf(hsm, 0).publicKey) ?? new Uint8Array();
/** Whether it carries r ‖ s of the key over that digest. */
const isBy = ({ result }: Reply, digest: string) => {
  const raw = /^0x([0-9a-f]{128})$/.exec(String(result?.signature))?.[1] ?? "";
  return recoverableSignature(Buffer.from(raw, "hex"), Buffer.from(digest.slice(2), "hex"), publicKey()) !== undefined;
};
const attest = (id = 1, packet = vector.packet) => say(encodeAttest(id, { key: "key", packet, verdict: "white" }));

describe("the keeper's protocol", () => {
  it("opens keys, attests, proves and closes", async () => {
    const opened = await open();
    expect(opened).toMatchObject({ id: 1, result: { keys: [{ name: "key", attributes: { CKA_SIGN: "true" } }] } });

    const attested = await attest(2);
    expect(attested.id).toBe(2);
    expect(isBy(attested, vector.digest.white)).toBe(true);

    const nonce = "ab".repeat(32);
    const proven = await ask("prove", { key: "key", nonce: `0x${nonce}` }, 3);
    const digest = possessionDigest(publicKey(), Buffer.from(nonce, "hex"));
    expect(isBy(proven, digest)).toBe(true);

    expect(await ask("close", {}, 4)).toEqual({ id: 4, result: {} });
    expect(await attest(5)).toMatchObject({ id: 5, error: { code: "key_missing" } });
  });

  it("has no operation that signs a digest", async () => {
    await open();
    const digest = `0x${"11".repeat(32)}`;
    for (const op of ["sign", "signDigest", "raw", "C_Sign", "attest"]) {
      expect(await ask(op, { key: "key", digest })).toMatchObject({ id: null, error: { code: "invalid_field" } });
    }
    const smuggled = [
      await say(`attest\t1\tkey\t${digest}`),
      await say(`${encodeAttest(1, { key: "key", packet: vector.packet, verdict: "white" })}\t${digest}`),
      await ask("prove", { key: "key", nonce: `0x${"22".repeat(32)}`, digest }),
      await ask("prove", { key: "key", nonce: `0x${"22".repeat(32)}`, domain: "" }),
    ];
    for (const reply of smuggled) expect(reply).toMatchObject({ id: 1, error: { code: "invalid_field" } });
  });

  it("refuses a destination that is not the key's", async () => {
    await open();
    const reply = await attest(1, packetWith({ destination: 2n }));
    expect(reply.error).toMatchObject({ code: "denied", data: { rule: "key-destination" } });
  });

  it.each([
    ["no JSON", "sign this", "malformed_json"],
    ["nothing", "", "malformed_json"],
    ["a list", "[]", "invalid_field"],
    ["no id", '{"op":"close","parameters":{}}', "invalid_field"],
    ["an id that is no number", '{"id":"1","op":"close","parameters":{}}', "invalid_field"],
    ["an id of 300 digits", `{"id":${"9".repeat(300)},"op":"close","parameters":{}}`, "invalid_field"],
    ["a further field", '{"id":1,"op":"close","parameters":{},"digest":"0x"}', "invalid_field"],
    ["a key twice", '{"id":1,"id":2,"op":"close","parameters":{}}', "malformed_json"],
  ])("answers %s with an error without an id", async (_what, line, code) => {
    expect(await say(line)).toMatchObject({ id: null, error: { code } });
  });

  it("refuses to attest what is no packet, and says whose answer that is", async () => {
    await open();
    const line = encodeAttest(3, { key: "key", packet: vector.packet, verdict: "white" });
    expect(await say(line.replace("white", "yes"))).toMatchObject({ id: 3, error: { code: "invalid_field" } });
    expect(await say(line.replace("attest\t3", "attest\tx"))).toMatchObject({
      id: null,
      error: { code: "invalid_field" },
    });
  });

  it.each(["0x", `0x${"ab".repeat(31)}`, `0x${"ab".repeat(33)}`, "ab".repeat(32)])(
    "refuses the nonce %s",
    async (nonce) => {
      await open();
      expect(await ask("prove", { key: "key", nonce })).toMatchObject({ id: 1, error: { code: "invalid_field" } });
    },
  );

  it("signs nothing before its keys are open, and opens only once", async () => {
    expect(await attest()).toMatchObject({ error: { code: "key_missing" } });
    await open();
    expect(await open()).toMatchObject({ error: { code: "invalid_field", data: { field: "op" } } });
  });

  it("ends the keeper when a line does not end", async () => {
    connection.write("x".repeat(2_000_000));
    await until("the keeper to end", () => !isAlive(child.pid ?? 0));
  });

  it("ends the keeper when the connection closes", async () => {
    await open();
    connection.destroy();
    await until("the keeper to end", () => !isAlive(child.pid ?? 0));
  });
});

describe("decodeReply", () => {
  it("revives an error with its code and data", () => {
    const reply = decodeReply('{"id":1,"error":{"code":"pin_latched","data":{"token":"t","latchFile":"/f"}}}');
    expect(reply).toMatchObject({ id: 1, error: { code: "pin_latched", data: { token: "t", latchFile: "/f" } } });
  });

  it.each([
    "{}",
    '{"id":1}',
    '{"id":1,"result":{},"error":{"code":"internal","data":{"reason":"r"}}}',
    '{"id":1,"error":{"code":"usage","data":{"reason":"r"}}}',
    '{"id":1,"error":{"code":"pin_latched","data":{"token":"t"}}}',
    '{"id":null,"result":{}}',
    "babble",
  ])("refuses %s", (line) => {
    expect(() => decodeReply(line)).toThrow();
  });
});
