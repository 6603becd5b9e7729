import { copyFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../../shared/clock/index.ts";
import { stringifyJson } from "../../shared/json/index.ts";
import type { PinnedClient } from "../../shared/tls/index.ts";
import { attestationToWire } from "../../shared/wire/index.ts";
import { addresses, sampleRequest } from "../signer/samples.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";
import { newKeyFile, sshKeygen } from "../support/sshKeygen.ts";

let world: SignerWorld;
let chain: PinnedClient;
let wallStep = 0;
let sequence = 100n;
const at = (name: string) => path.join(world.folder, name);

beforeAll(async () => {
  const clock = { ...systemClock, now: () => systemClock.now() + wallStep };
  world = await createSignerWorld({
    clocks: { clock },
    changePolicy(policy, pki) {
      const folder = path.dirname(pki.files.folder);
      for (const operator of policy.operators) {
        operator.signingKeys = [newKeyFile(folder, ["ed25519"], `${operator.name}.ssh`).line];
      }
      policy.routes[0].tokens = [{ source: addresses.sourceService, destination: addresses.token }];
      policy.routes[0].limits = { perToken: [{ token: addresses.token, single: "10" }] };
    },
  });
  await world.start();
  chain = await world.client("chain-a");
  for (const { name, identity } of world.operators) {
    const url = `https://127.0.0.1:${world.signer.ports.listen}`;
    const signer = { url, pin: world.pki.serverIdentity.pin };
    writeFileSync(at(`${name}.yaml`), stringifyJson({ service: "operator", signer, tls: identity.files }));
  }
});
afterAll(() => world.close());

const as = (operator: string, ...words: string[]) => attestorHere([...words, "--operator", at(`${operator}.yaml`)]);
/** In a process of its own, which has to end. */
const alone = (operator: string, ...words: string[]) => attestor([...words, "--operator", at(`${operator}.yaml`)]);

async function ask(amount = 10n) {
  sequence += 1n;
  const request = attestationToWire(sampleRequest({ sequence, message: { amount } }));
  const { status } = await chain.request("POST", "/v1/attestations", request);
  return { status, again: async () => (await chain.request("POST", "/v1/attestations", request)).status };
}

/** Has a statement printed, signed with ssh-keygen by these operators, and names both as a command takes them. */
async function signed(command: readonly string[], ...operators: string[]): Promise<string[]> {
  const statement = at(`statement-${command.join("-")}-${operators.join("-")}.txt`);
  const { code, stdout } = await as("olga", ...command);
  expect(code).toBe(0);
  writeFileSync(statement, stdout);
  const signatures = operators.map((operator) => {
    const copy = `${statement}.${operator}`;
    copyFileSync(statement, copy);
    const key = path.join(path.dirname(world.pki.files.folder), `${operator}.ssh`);
    const made = sshKeygen(["-Y", "sign", "-n", "hsm-attestor", "-f", key, copy]);
    expect(made.code, made.output).toBe(0);
    return `${copy}.sig`;
  });
  return ["--statement", statement, "--signatures", signatures.join(",")];
}

it("a command with an expired certificate says so, with what to do, and asks nobody", async () => {
  const { files } = await world.pki.expired();
  const signer = { url: `https://127.0.0.1:${world.signer.ports.listen}`, pin: world.pki.serverIdentity.pin };
  writeFileSync(at("late.yaml"), stringifyJson({ service: "operator", signer, tls: files }));
  const { code, stderr } = await as("late", "signer", "status");
  expect(code).toBe(2);
  expect(stderr).toContain(`tls.certificate: ${files.certificate} expired at `);
  expect(stderr).toContain("renew it with `attestor certs issue --renew`");
});

describe("attestor hold", () => {
  it("lists nothing where nothing is held", async () => {
    expect(await alone("olga", "hold", "list")).toEqual({ code: 0, stdout: "nothing is held\n", stderr: "" });
  });

  it("lists and shows a hold, and releases it by two operators who name its digest", async () => {
    const packet = await ask(11n);
    expect(packet.status).toBe(202);
    const listed = await as("olga", "hold", "list");
    expect(listed.stdout).toMatch(
      /^hold +packet +route +reason +state +until +rules\n1 +1\/2\/101 +one-to-two +review +waiting +20\S+ +value_limit\n$/,
    );
    const shown = await as("olga", "hold", "show", "1");
    expect(shown.stdout).toMatch(
      /^hold 1: waiting\n {2}packet +1\/2\/101 of local, route one-to-two\n {2}waits for +two operators to release it\n/,
    );
    expect(shown.stdout).toContain('"amount": "11"');
    const digest = /digest +(0x[0-9a-f]{64})/.exec(shown.stdout)?.[1] ?? "";

    const other = await as("olga", "hold", "release", "1", "--digest", `0x${"0".repeat(64)}`);
    expect(other).toMatchObject({ code: 1, stdout: "" });
    expect(other.stderr).toContain("Hold 1 is about another digest");
    const first = await alone("olga", "hold", "release", "1", "--digest", digest);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toBe("hold       1\napprovals  olga\nreleased   not yet: it takes two\n");
    expect(await packet.again()).toBe(202);
    const second = await as("otto", "hold", "release", "1", "--digest", digest, "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({ approvals: "olga, otto", released: "yes" });
    expect(await packet.again()).toBe(200);
  });

  it("drops a hold by one operator", async () => {
    const packet = await ask(12n);
    const { stdout } = await as("otto", "hold", "list", "--json");
    const [hold] = JSON.parse(stdout).holds;
    const dropped = await as("otto", "hold", "drop", hold.id, "--digest", hold.digest);
    expect(dropped).toMatchObject({ code: 0, stdout: expect.stringContaining("dropped by  otto") });
    expect(await packet.again()).toBe(403);
    expect((await as("otto", "hold", "list")).stdout).toMatch(/ review +dropped /);
  });

  it.each([
    [["hold", "show", "x"], 2, "ID must be a whole number above 0, as the list shows it."],
    [["hold", "release", "1"], 2, "--digest DIGEST is missing."],
    [["hold", "show", "999"], 1, "There is no hold 999; what is signed or expired has none."],
  ])("%j is refused with exit code %i", async (words, code, problem) => {
    const answer = await as("olga", ...words);
    expect(answer.code).toBe(code);
    expect(answer.stderr).toContain(problem);
  });
});

describe("attestor pause", () => {
  it("pauses by one operator, is listed, and ends by the signatures of two", async () => {
    expect((await as("otto", "pause", "list")).stdout).toBe("nothing is paused\n");
    const paused = await alone("otto", "pause", "--route", "one-to-two", "--note", "RPC looks odd");
    expect(paused).toMatchObject({ code: 0, stderr: "" });
    expect(paused.stdout).toMatch(/^pause +1\npaused +one-to-two \(local\/1\/2\)\nby +otto\nsince +20/);
    const packet = await ask();
    expect(packet.status).toBe(202);
    expect((await as("olga", "pause", "list")).stdout).toMatch(
      /^pause +paused +by +since +note\n1 +one-to-two \(local\/1\/2\) +otto +20\S+ +RPC looks odd\n$/,
    );

    const byOne = await as("olga", "pause", "end", "1", ...(await signed(["pause", "statement", "1"], "olga")));
    expect(byOne).toMatchObject({ code: 1, stdout: "" });
    expect(byOne.stderr).toContain("resume needs a statement signed by 2 different operators: only olga signed");
    expect(await packet.again()).toBe(202);
    const both = await alone(
      "olga",
      "pause",
      "end",
      "1",
      ...(await signed(["pause", "statement", "1"], "olga", "otto")),
    );
    expect(both).toMatchObject({ code: 0, stderr: "" });
    expect(await packet.again()).toBe(200);
    expect((await as("otto", "pause", "statement", "1")).stderr).toContain(
      "There is no pause 1; `attestor pause list`",
    );
  });

  it("needs a note", async () => {
    expect(await as("otto", "pause")).toMatchObject({ code: 2, stderr: "attestor: --note TEXT is missing.\n" });
  });
});

describe("attestor clock", () => {
  it("shows a clock that was set, and acknowledges it by the signatures of two", async () => {
    expect((await ask()).status).toBe(200);
    expect((await as("olga", "clock", "show")).stdout).toBe("the clock is believed\n");
    expect((await as("olga", "clock", "statement")).stderr).toContain("There is no jump of the clock that waits");
    wallStep = 10 * 60_000;
    expect((await ask()).status).toBe(503);
    expect((await as("olga", "clock", "show")).stdout).toMatch(
      /^the clock was set by 6?\d+\.?\d* s \(jump 1\); nothing is signed until two acknowledge it\n$/,
    );
    const statement = ["clock", "statement", "--valid", "1h"];
    const both = await alone("olga", "clock", "acknowledge", ...(await signed(statement, "olga", "otto")));
    expect(both).toMatchObject({ code: 0, stdout: "clock  believed\n" });
    expect((await ask()).status).toBe(200);
  });
});
