import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it, vi } from "vitest";
import { startKeeper } from "../../../hsm/index.ts";
import { trustedCompiledCode } from "../../../hsm/keeper/compiledCode.ts";
import { temporaryFolder } from "../../shared/temporaryFolder.ts";
import { createSoftHsm } from "../../support/softhsm.ts";
import { recordLog, specOf } from "../support/keepers.ts";

/** A folder for compiled code inside another one; both this user's alone. */
function cacheFolder(): { parent: string; folder: string } {
  const parent = path.join(temporaryFolder(), "parent");
  const folder = path.join(parent, "compiled");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { parent, folder };
}

const given = (folder: string, uid?: number) => trustedCompiledCode({ NODE_COMPILE_CACHE: folder }, uid);

describe("a folder of compiled code", () => {
  it("is handed on to a keeper if its own user alone can write there", () => {
    const { folder } = cacheFolder();
    expect(given(folder)).toEqual({ NODE_COMPILE_CACHE: folder });
  });

  it.each([0o770, 0o707, 0o1777])("is not if others can write there (mode %o)", (mode) => {
    const { folder } = cacheFolder();
    chmodSync(folder, mode);
    expect(given(folder)).toEqual({});
  });

  it("is not if others can put another one in its place", () => {
    const { parent, folder } = cacheFolder();
    chmodSync(parent, 0o777);
    expect(given(folder)).toEqual({});
    chmodSync(parent, 0o1777); // sticky: only its owner can move what is in it
    expect(given(folder)).toEqual({ NODE_COMPILE_CACHE: folder });
  });

  it("is not if it is another user's", () => {
    const { folder } = cacheFolder();
    if (process.geteuid?.() === 0) chownSync(folder, 65_534, 65_534);
    const uid = process.geteuid?.() === 0 ? 1_000 : 65_534;
    expect(given(folder, uid)).toEqual({});
  });

  it("is looked at where a link leads to, and there is none without an absolute path that exists", () => {
    const { parent, folder } = cacheFolder();
    const link = path.join(parent, "link");
    symlinkSync(folder, link);
    expect(given(link)).toEqual({ NODE_COMPILE_CACHE: folder });
    chmodSync(folder, 0o777);
    expect(given(link)).toEqual({});
    for (const none of ["", "compiled", path.join(parent, "none")]) expect(given(none)).toEqual({});
  });
});

describe("a keeper's environment", () => {
  it.each([
    [0o700, true],
    [0o777, false],
  ])("has a folder of mode %o: %s", async (mode, has) => {
    const { folder } = cacheFolder();
    chmodSync(folder, mode);
    vi.stubEnv("NODE_COMPILE_CACHE", folder);
    const hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
    const { logger, lines } = recordLog();
    const options = { sessions: 1, callDeadlineMs: 5_000, stateFolder: hsm.folder, logger, environment: hsm.env };
    const keeper = await startKeeper({ ...options, keys: [specOf(hsm, 0)] });
    try {
      const pid = Number(lines.find(({ keeper: id }) => typeof id === "number")?.keeper);
      const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
      expect(environment.includes(`NODE_COMPILE_CACHE=${folder}\0`)).toBe(has);
      expect(environment.includes("NODE_COMPILE_CACHE")).toBe(has);
    } finally {
      await keeper.close();
      hsm.remove();
      vi.unstubAllEnvs();
    }
  });
});
