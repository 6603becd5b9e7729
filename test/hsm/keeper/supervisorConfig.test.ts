import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { keeperConfig } from "../../../hsm/index.ts";
import { listenOn } from "../../../hsm/keeper/supervisor/listenOn.ts";
import { loadConfig } from "../../../shared/config/index.ts";
import { signerConfig } from "../../../signer/index.ts";
import { repository } from "../../support/attestor.ts";

const sample = path.join(repository, "docs/samples/keeper.yaml");
const folder = mkdtempSync(path.join(tmpdir(), "keeper-config-"));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function loadChanged(from: string, to: string) {
  const text = readFileSync(sample, "utf8");
  expect(text).toContain(from);
  const file = path.join(folder, "keeper.yaml");
  writeFileSync(file, text.replace(from, to));
  return () => loadConfig(file, keeperConfig);
}

describe("the keepers' configuration", () => {
  it("loads the annotated sample, whose keys are those of the signer's sample", () => {
    const config = loadConfig(sample, keeperConfig);
    expect(config).toMatchObject({
      socket: "/run/attestor-keeper/keeper.sock",
      daemonUser: "attestor-signer",
      sessions: 4,
      callDeadline: 5_000,
    });
    const signer = loadConfig(path.join(repository, "docs/samples/signer.yaml"), signerConfig);
    expect(config.keys).toEqual([...signer.keys, signer.audit.key]);
  });

  it("takes the daemon's user by its number too, which is all that a container may know", () => {
    expect(loadChanged("attestor-signer\n", "10001\n")()).toMatchObject({ daemonUser: 10_001 });
  });

  it.each([
    ["a typing error", "daemonUser:", "deamonUser:", "deamonUser: is not a known key (did you mean daemonUser?)"],
    ["a user that is none", "attestor-signer\n", '"; rm"\n', "daemonUser: must be the name or the number of a user"],
    [
      "a user by a number that is none",
      "attestor-signer\n",
      "-1\n",
      "daemonUser: must be the name or the number of a user",
    ],
    ["a URI that is none", "id=%00%01;", "", "uri: must have the attribute id"],
    ["one key for two uses", "name: audit", "name: main-to-evm", "is that of key main-to-evm too"],
    ["more sessions than a token may have", "sessions: 4", "sessions: 65", "sessions: must be a whole number from 1"],
  ])("refuses %s", (_what, from, to, problem) => {
    expect(loadChanged(from, to)).toThrow(problem);
  });
});

describe("where a supervisor is to listen", () => {
  it("a file that is no socket is left as it is", async () => {
    const file = path.join(folder, "notes.txt");
    writeFileSync(file, "not a socket");
    await expect(listenOn(createServer(), file)).rejects.toMatchObject({
      code: "config_invalid",
      data: { problems: [expect.stringContaining("no socket")] },
    });
    expect(readFileSync(file, "utf8")).toBe("not a socket");
  });
});
