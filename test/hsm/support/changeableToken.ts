import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { SignedDigest } from "../../../hsm/index.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { keeperOf, specOf, type TestKeeper } from "./keepers.ts";
import { vector } from "./packets.ts";
import { until } from "./until.ts";

/** A keeper over a token of its own, which a test may do to as it likes. */
export interface ChangeableToken extends AsyncDisposable {
  readonly hsm: SoftHsm;
  readonly module: FaultyModule;
  readonly keeper: TestKeeper;
  /** The folder in which SoftHSM keeps the token. */
  folder(): string;
  attest(): Promise<SignedDigest>;
  deleteKeys(): void;
  initialiseAgain(pin: string): void;
  /** The keeper refuses every request, and says why in these words. */
  staysDown(reason: string): Promise<void>;
}

export async function createChangeableToken(): Promise<ChangeableToken> {
  const hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  const module = createFaultyModule(hsm);
  const keeper = await keeperOf(hsm, { keys: [module.through(specOf(hsm, 0))], callDeadlineMs: 20_000 });
  const tokens = path.join(hsm.folder, "tokens");
  const folder = () => path.join(tokens, readdirSync(tokens)[0] ?? "");
  const attest = () => keeper.attest({ key: "key", packet: vector.packet, verdict: "white" });
  return {
    ...{ hsm, module, keeper, folder, attest },
    deleteKeys() {
      const objects = readdirSync(folder()).filter((name) => /^[0-9a-f-]{36}\./.test(name));
      for (const name of objects) rmSync(path.join(folder(), name));
    },
    initialiseAgain(pin) {
      const officerPin = readFileSync(path.join(hsm.folder, "so-pin"), "utf8").trim();
      const names = ["--token", hsm.token, "--label", hsm.token];
      execFileSync("softhsm2-util", ["--init-token", ...names, "--so-pin", officerPin, "--pin", pin], {
        env: { ...process.env, ...hsm.env },
      });
    },
    async staysDown(reason) {
      await until(`a rebuild that fails: ${reason}`, () => keeper.status().reason?.includes(reason), 40_000);
      await expect(attest()).rejects.toMatchObject({ code: "keeper_unavailable" });
      expect(keeper.status().restarts).toBe(0);
    },
    async [Symbol.asyncDispose]() {
      await keeper.close();
      hsm.remove();
    },
  };
}
