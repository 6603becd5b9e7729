import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { operatorConfig } from "../../cli/operate/signerConnection.ts";
import { loadConfig } from "../../shared/config/index.ts";
import { parseJson, stringifyJson } from "../../shared/json/index.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSignerWorld, type Settings, type SignerWorld } from "../support/signerWorld.ts";
import { newKeyFile, sshKeygen } from "../support/sshKeygen.ts";

let world: SignerWorld;
const at = (name: string) => path.join(world.folder, name);

beforeAll(async () => {
  world = await createSignerWorld({
    changePolicy(policy, pki) {
      const folder = path.dirname(pki.files.folder);
      for (const operator of policy.operators) {
        operator.signingKeys = [newKeyFile(folder, ["ed25519"], `${operator.name}.ssh`).line];
      }
    },
  });
  await world.start();
  for (const { name, identity } of world.operators) {
    const url = `https://127.0.0.1:${world.signer.ports.listen}`;
    const signer = { url, pin: world.pki.serverIdentity.pin };
    writeFileSync(at(`${name}.yaml`), stringifyJson({ service: "operator", signer, tls: identity.files }));
  }
});
afterAll(() => world.close());

const policy = (command: string, ...words: string[]) => attestorHere(["policy", command, ...words]);
/** In a process of its own, which has to end. */
const policyAlone = (command: string, ...words: string[]) => attestor(["policy", command, ...words]);
const asOlga = () => ["--operator", at("olga.yaml")];

/** Writes a policy that differs from the first one as told. */
function write(name: string, version: number, change: (policy: Settings) => unknown): string {
  const changed = structuredClone(world.policy);
  change(changed);
  writeFileSync(at(name), stringifyJson({ ...changed, version }, 2));
  return at(name);
}

/** Signs a copy of a file as an operator does, with ssh-keygen. */
function sign(operator: string, statement: string): string {
  const copy = `${statement}.${operator}`;
  copyFileSync(statement, copy);
  const key = path.join(path.dirname(world.pki.files.folder), `${operator}.ssh`);
  const { code, output } = sshKeygen(["-Y", "sign", "-n", "hsm-attestor", "-f", key, copy]);
  expect(code, output).toBe(0);
  return `${copy}.sig`;
}

const widen = (settings: Settings) => settings.clients[1].routes.push("one-to-two");

describe("attestor policy", () => {
  it("check finds a policy sound, or names what is wrong with exit code 2", async () => {
    const good = await policyAlone("check", world.policyFile, "--config", world.configFile);
    expect(good).toMatchObject({ code: 0, stderr: "" });
    expect(good.stdout).toMatch(/version +1\nhash +0x[0-9a-f]{64}\nvalid +true/);
    const bad = write("bad.yaml", 2, (settings) => Object.assign(settings.routes[0], { key: "to-tow" }));
    const { code, stderr } = await policy("check", bad, "--config", world.configFile);
    expect(code).toBe(2);
    expect(stderr).toContain("routes.0.key: there is no such key (did you mean to-two?)");
  });

  it("show tells which policy is in force", async () => {
    const { code, stdout } = await policyAlone("show", ...asOlga());
    expect(code).toBe(0);
    expect(stdout).toMatch(/^version +1\nhash +0x[0-9a-f]{64}\nledger +[0-9a-f]{32}\nsince +20/);
    expect((await policy("show", ...asOlga(), "--text")).stdout).toBe(readFileSync(world.policyFile, "utf8"));
  });

  it("diff tells what a new one allows more and less, and how many must sign", async () => {
    const file = write("diff.yaml", 2, (settings) => {
      widen(settings);
      settings.routes[0].startSequence = 7;
    });
    const told = [
      "wider     clients.chain-b.routes: one-to-two is new",
      "narrower  routes.one-to-two.startSequence: 7 instead of 1",
      "version 1 to 2 takes the signatures of 2 operators",
    ];
    expect((await policy("diff", file, ...asOlga())).stdout).toBe(`${told.join("\n")}\n`);
    const against = await policy("diff", file, "--against", world.policyFile, "--json");
    expect(JSON.parse(against.stdout)).toEqual({
      widened: [".clients.chain-b.routes: one-to-two is new"],
      narrowed: [".routes.one-to-two.startSequence: 7 instead of 1"],
      signatures: 2,
    });
    expect((await policy("diff", file)).code).toBe(2);
  });

  it("statement and apply put a policy into force that two operators signed with ssh-keygen", async () => {
    const file = write("wider.yaml", 2, widen);
    const statement = at("wider.txt");
    const { stdout, code } = await policy("statement", file, ...asOlga());
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^hsm-attestor statement v1\naction: apply-policy\nobject: policy version 2, sha256 [0-9a-f]{64}\n/,
    );
    writeFileSync(statement, stdout);
    const [olga, otto] = ["olga", "otto"].map((name) => sign(name, statement));
    const apply = (signatures: string, run = policy) =>
      run("apply", file, "--statement", statement, "--signatures", signatures, ...asOlga());

    const alone = await apply(`${olga}`);
    expect(alone.code).toBe(1);
    expect(alone.stderr).toBe(
      "attestor: The signer refused (approval_refused): apply-policy needs a statement signed by 2 different operators: only olga signed.\n",
    );
    expect((await policy("show", ...asOlga())).stdout).toContain("only olga signed");

    const both = await apply(`${olga},${otto}`, policyAlone);
    expect(both).toMatchObject({ code: 0, stderr: "" });
    expect(both.stdout).toMatch(/^version +2\nhash +0x[0-9a-f]{64}\noperators +olga, otto\nwider +1\nnarrower +0\n$/);
    expect((await policy("show", ...asOlga())).stdout).toMatch(/^version +2\n.*put into force\n$/s);
  });

  it("apply --at-start leaves the approval for the next start", async () => {
    const file = write("next.yaml", 3, () => {});
    const { stdout } = await policy("show", ...asOlga(), "--json");
    const { ledger } = parseJson(stdout) as { ledger: string };
    const statement = at("next.txt");
    writeFileSync(statement, (await policy("statement", file, "--ledger", ledger, "--valid", "7d")).stdout);
    const signature = sign("otto", statement);
    const { code } = await policy("apply", file, "--statement", statement, "--signatures", signature, "--at-start");
    expect(code).toBe(0);
    writeFileSync(world.policyFile, readFileSync(file));
    writeFileSync(`${world.policyFile}.approval`, readFileSync(`${file}.approval`));
    await world.start();
    expect(world.log.join("")).toContain('"version":3');
  });

  it.each([
    [["statement", "FILE", "--valid", "8d", "--ledger", "0".repeat(32)], "--valid: must be from 1m to 7d."],
    [["statement", "FILE", "--ledger", "abc"], "--ledger must be 32 hex digits, as `ledger init` printed them."],
    [["statement", "FILE"], "--operator FILE or --ledger ID is missing."],
  ])("%j is refused", async (words, problem) => {
    const [command = "", ...rest] = words.map((word) => (word === "FILE" ? world.policyFile : word));
    const { code, stderr } = await policy(command, ...rest);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toBe(`attestor: ${problem}\n`);
  });
});

it("the operator's sample loads", () => {
  const file = new URL("../../docs/samples/operator.yaml", import.meta.url).pathname;
  expect(loadConfig(file, operatorConfig)).toMatchObject({ signer: { timeout: 10_000 } });
});
