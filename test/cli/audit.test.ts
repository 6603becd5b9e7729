import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { attestationToWire } from "../../shared/wire/index.ts";
import { tamper } from "../signer/audit/tamper.ts";
import { sampleRequest } from "../signer/samples.ts";
import { attestor } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";
import { testKey } from "../support/testKeeper.ts";

let world: SignerWorld;
let ledger: string;
let checkpoints: string;

beforeAll(async () => {
  world = await createSignerWorld();
  ledger = path.join(world.folder, "ledger.sqlite");
  checkpoints = path.join(world.folder, "checkpoints.jsonl");
  await world.start();
  const client = await world.client();
  for (const verdict of ["white", "flagged"] as const) {
    await client.request("POST", "/v1/attestations", attestationToWire(sampleRequest({}, verdict)));
  }
});
afterAll(() => world.close());

const verify = (...words: string[]) => attestorHere(["audit", "verify", "--ledger", ledger, ...words]);
const explain = (...words: string[]) => attestorHere(["audit", "explain", ...words, "--ledger", ledger]);
const outside = () => ["--checkpoints", checkpoints, "--audit-key", testKey(9).publicKey];

describe("attestor audit", () => {
  it("looks at no ledger whose signer runs", async () => {
    const { code, stderr } = await attestor(["audit", "verify", "--ledger", ledger]);
    expect(stderr).toContain("is in use by another process");
    expect(code).toBe(1);
    await world.signer.stop();
  });

  it("verify says that a chain is sound, and from where on nothing outside vouches for it", async () => {
    const alone = await verify();
    expect(alone).toMatchObject({ code: 0, stderr: "" });
    expect(alone.stdout).toContain("Every record is linked to the one before.");
    expect(alone.stdout).toContain("From record 1 on nothing outside vouches for them.");
    const vouched = await verify(...outside());
    expect(vouched.code).toBe(0);
    expect(vouched.stdout).toMatch(/A checkpoint from outside vouches for all [0-9]+\./);
    expect(JSON.parse((await verify("--json")).stdout)).toMatchObject({ sound: true, problems: [], vouched: 0 });
  });

  it("explain tells who asked, the rule with its inputs, the screening, the policy and the key", async () => {
    const { code, stdout } = await attestor(["audit", "explain", "1/2/7", "--ledger", ledger]);
    expect(code).toBe(0);
    for (const text of [
      "decision: approved",
      "client      chain-a",
      "result: white, screenedAt: 2026-01-31T12:00:00Z, source: list, version: 1",
      "policy      1",
      "key         to-two",
      "release",
      "decision: denied",
      "reason      verdict_already_given",
      "asked: flagged, given: white",
    ]) {
      expect(stdout).toContain(text);
    }
    const { records } = JSON.parse((await explain("1/2/7", "--json")).stdout);
    expect(records.map(({ kind }: { kind: string }) => kind)).toEqual(["decision", "release", "decision"]);
  });

  it("explain refuses what is no packet, and one that there is no record of", async () => {
    expect(await explain("7")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("SOURCE/DESTINATION/SEQUENCE"),
    });
    expect(await explain("1/2/8")).toMatchObject({ code: 1, stderr: expect.stringContaining("packet 1/2/8") });
    expect(await explain("1/2/7", "--deployment", "other")).toMatchObject({ code: 1 });
  });

  it("refuses a wrong use", async () => {
    expect(await verify("--audit-key", "0x12")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--audit-key"),
    });
    expect(await verify("--checkpoints", ledger)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("checkpoints"),
    });
    expect(await attestorHere(["audit", "verify", "--ledger", "/none"])).toMatchObject({ code: 1 });
  });

  it("finds a change, and exits with 1", async () => {
    tamper(ledger, true, (rows) => void rows.splice(2, 1));
    const inside = await verify();
    expect(inside.code).toBe(0);
    const found = await verify(...outside());
    expect(found.code).toBe(1);
    expect(found.stdout).toMatch(/The chain was changed:\n {2}- the checkpoint of/);
    tamper(ledger, false, (rows) => void rows.splice(2, 1));
    expect((await explain("1/2/7")).code).toBe(1);
  });
});
