import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { stringifyJson } from "../../shared/json/index.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";

let world: SignerWorld;
const at = (name: string) => path.join(world.folder, name);

beforeAll(async () => {
  world = await createSignerWorld();
  await world.start(["chain-a"]);
  const url = `https://127.0.0.1:${world.signer.ports.listen}`;
  const connection = { url, pin: world.pki.serverIdentity.pin };
  const tls = world.operators[0]?.identity.files;
  writeFileSync(at("olga.yaml"), stringifyJson({ service: "operator", signer: connection, tls }));
});
afterAll(() => world.close());

const signer = (command: string, ...words: string[]) =>
  attestorHere(["signer", command, ...words, "--operator", at("olga.yaml")]);

it("attestor signer status shows whom a started signer waits for, and goes on without it by two operators' signatures", async () => {
  const waiting = await attestor(["signer", "status", "--operator", at("olga.yaml")]);
  expect(waiting).toMatchObject({ code: 1, stderr: "" });
  expect(waiting.stdout).toMatch(
    /^start [0-9a-f]{16} of 20\S+ {2}not ready\n {2}since the start, chain-a has not shown/,
  );
  expect(waiting.stdout).toMatch(/\n {2}chain-a +missing +has not shown .*\n {2}chain-b +shown +20/);

  const { stdout: statement } = await signer("statement", "chain-a");
  expect(statement).toMatch(
    /^hsm-attestor statement v1\naction: waive-newest\nobject: newest of client chain-a at start [0-9a-f]{16}\nledger: /,
  );
  writeFileSync(at("waiver.txt"), statement);
  for (const { name, sign } of world.operators) writeFileSync(at(`${name}.sig`), sign(statement));
  const waive = (...signatures: string[]) =>
    signer("waive", "chain-a", "--statement", at("waiver.txt"), "--signatures", signatures.join(","));

  const alone = await waive(at("olga.sig"));
  expect(alone.code).toBe(1);
  expect(alone.stderr).toContain("waive-newest needs a statement signed by 2 different operators: only olga signed.");

  const both = await waive(at("olga.sig"), at("otto.sig"));
  expect(both).toMatchObject({ code: 0, stdout: "waived     chain-a\noperators  olga, otto\n" });
  const ready = await signer("status");
  expect(ready.code).toBe(0);
  expect(ready.stdout).toMatch(/ready\n {2}chain-a +waived +20\S+ by olga, otto\n/);
  expect(JSON.parse((await signer("status", "--json")).stdout)).toMatchObject({ ready: true, rollbacks: [] });
});
