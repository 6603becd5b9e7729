import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import { readLedgerBindings } from "../../../hsm/provisioning/index.ts";
import { attestor } from "../../support/attestor.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { keeperOf, specOf } from "../support/keepers.ts";

let hsm: SoftHsm;
let module: FaultyModule;
let round = 0;
const wrong = "864213579864";

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "first", id: "0001" }] });
  module = createFaultyModule(hsm);
});
afterAll(() => hsm.remove());

/** A PIN file in a folder of its own, so that nothing is remembered from one test to the next. */
let pinFile: string;
beforeEach(() => {
  round += 1;
  pinFile = path.join(hsm.folder, `pin-${round}`, "pin");
  mkdirSync(path.dirname(pinFile));
});

const writePin = (pin: string) => writeFileSync(pinFile, `${pin}\n`, { mode: 0o600 });
const key = () => {
  const spec = module.through(specOf(hsm, 0));
  return { ...spec, uri: spec.uri.replace(`file:${hsm.pinFile}`, `file:${pinFile}`) };
};
const command = (name: string, ...words: string[]) =>
  attestor(
    ["hsm", name, "--token", hsm.token, "--pin-file", pinFile, "--module", parseKeyUri(key().uri).module, ...words],
    { environment: hsm.env },
  );

async function loginsDuring(run: () => Promise<unknown>): Promise<number> {
  const before = module.calls("C_Login");
  await run();
  return module.calls("C_Login") - before;
}

describe("a login that fails in words of the vendor's own", () => {
  it("is made three times at most with one PIN file: a token may say so that the PIN is wrong", () => {
    writePin(hsm.pin);
    const login = () => withSoftHsmEnvironment(hsm, () => readLedgerBindings([key()]));
    const before = module.calls("C_Login");
    module.plan("C_Login", 0x80000111, 4);
    for (let time = 0; time < 3; time += 1) {
      expect(login).toThrow(expect.objectContaining({ data: { call: "C_Login", code: "CKR_0x80000111" } }));
    }
    expect(login).toThrow(expect.objectContaining({ code: "pin_latched" }));
    expect(module.calls("C_Login")).toBe(before + 3);
    module.behave();
    writePin(hsm.pin); // the same PIN in a file written anew
    expect(login()).toMatchObject([{ key: "first" }]);
  });
});

describe("a wrong PIN in a file", () => {
  it("is tried by the first command that is typed, and by no other after it, until the file holds another one", async () => {
    writePin(wrong);
    const ceremony = ["--use", "audit", "--participants", "olga", "--transcript", path.join(hsm.folder, "none.json")];
    const logins = await loginsDuring(async () => {
      const keygen = await command("keygen", "--label", "new", "--id", "0002");
      expect(keygen).toMatchObject({ code: 1, stderr: expect.stringContaining("rejected the PIN") });
      for (const again of [
        command("list"),
        command("ceremony", "--label", "first", "--id", "0001", "--existing", ...ceremony),
      ]) {
        const { code, stderr } = await again;
        expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining("pin-latch-") });
        expect(stderr).not.toContain(wrong);
      }
    });
    expect(logins).toBe(1);
    writePin(hsm.pin);
    expect((await command("list")).code).toBe(0);
    expect(readdirSync(path.dirname(pinFile))).toEqual(["pin"]);
  });

  it("that a keeper has tried is tried by no command for its signer, and the other way round", async () => {
    const stateFolder = path.join(hsm.folder, "signer-state");
    const start = () => keeperOf(hsm, { keys: [key()], stateFolder });
    const bindings = () => withSoftHsmEnvironment(hsm, () => readLedgerBindings([key()], { latchFolder: stateFolder }));
    writePin(wrong);
    const logins = await loginsDuring(async () => {
      await expect(start()).rejects.toMatchObject({ code: "pin_rejected" });
      expect(bindings).toThrow(expect.objectContaining({ code: "pin_latched" }));
      writePin("975318642975");
      expect(bindings).toThrow(expect.objectContaining({ code: "pin_rejected" }));
      await expect(start()).rejects.toMatchObject({ code: "pin_latched" });
    });
    expect(logins).toBe(2);
    writePin(hsm.pin);
    expect(bindings()).toMatchObject([{ key: "first", ledgers: [] }]);
    await (await start()).close();
  });
});
