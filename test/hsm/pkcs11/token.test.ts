import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import type { Cryptoki } from "../../../hsm/pkcs11/cryptoki.ts";
import { findToken, presentTokens } from "../../../hsm/pkcs11/token.ts";
import { withCryptoki } from "../../../hsm/provisioning/withCryptoki.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { withSoftHsmEnvironment } from "../support/inToken.ts";
import { specOf } from "../support/keepers.ts";

let hsm: SoftHsm;
let module: FaultyModule;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
  const pins = ["--pin", "123456", "--so-pin", "123456"];
  execFileSync("softhsm2-util", ["--init-token", "--free", "--label", "another", ...pins], {
    env: { ...process.env, ...hsm.env },
  });
});

afterAll(() => hsm.remove());

/** Looks at a module with two tokens, of which the first one has stopped answering. */
function withFirstGone<T>(look: (cryptoki: Cryptoki, gone: string, there: string) => T): T {
  const { module: file } = parseKeyUri(module.through(specOf(hsm, 0)).uri);
  return withSoftHsmEnvironment(hsm, () =>
    withCryptoki(file, (cryptoki) => {
      const [gone = "", there = ""] = presentTokens(cryptoki).map(({ serial }) => serial);
      module.plan("C_GetTokenInfo", 0x32, 1);
      return look(cryptoki, gone, there);
    }),
  );
}

const labelOf = (serial: string) => (serial === hsm.serial ? hsm.token : "another");
const removed = expect.objectContaining({ data: { call: "C_GetTokenInfo", code: "CKR_DEVICE_REMOVED" } });

describe("a module with two tokens, of which one does not say any more who it is", () => {
  it("still has the other one", () => {
    withFirstGone((cryptoki, _gone, there) => {
      expect(findToken(cryptoki, { label: labelOf(there), serial: there })).toMatchObject({ serial: there });
    });
  });

  it("tells whoever wants that one what it answered", () => {
    withFirstGone((cryptoki, gone) => {
      expect(() => findToken(cryptoki, { label: labelOf(gone), serial: gone })).toThrow(removed);
    });
  });

  it("finds none by its label alone: the label may be that of both", () => {
    withFirstGone((cryptoki, _gone, there) => {
      expect(() => findToken(cryptoki, { label: labelOf(there) })).toThrow(removed);
    });
  });
});
