import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import {
  configuredService,
  filePath,
  listenAddress,
  loadConfig,
  Secret,
  secret,
} from "../../../shared/config/index.ts";
import { duration, name, unsigned } from "../../../shared/schema/index.ts";
import { configProblems, refusal } from "../refusal.ts";
import { temporaryFolder } from "../temporaryFolder.ts";

function write(text: string | Uint8Array): string {
  const file = path.join(temporaryFolder(), "service.yaml");
  writeFileSync(file, text);
  return file;
}

const schema = (resolvePath: (relative: string) => string) =>
  z.strictObject({
    service: z.literal("signer"),
    listen: listenAddress(),
    ledger: filePath(resolvePath),
    chainId: unsigned(128),
    wait: duration.default(86_400_000),
    providers: z.array(z.strictObject({ label: name, url: secret })).min(1),
  });

const sound = `
service: signer
listen: { port: 9000 }
ledger: state/ledger.sqlite
chainId: 340282366920938463463374607431768211455
providers:
  - label: one
    url: https://rpc.example/s3cret
`;
const load = (text: string | Uint8Array) => loadConfig(write(text), schema);

describe("a configuration file", () => {
  it("is read with defaults, big integers exact, secrets as secrets and paths from its own folder", () => {
    const file = write(sound);
    const config = loadConfig(file, schema);
    expect(config).toMatchObject({
      listen: { host: "127.0.0.1", port: 9000 },
      ledger: path.join(path.dirname(file), "state", "ledger.sqlite"),
      chainId: (1n << 128n) - 1n,
      wait: 86_400_000,
    });
    expect(config.providers[0]?.url).toBeInstanceOf(Secret);
    expect(config.providers[0]?.url.reveal()).toBe("https://rpc.example/s3cret");
  });

  it("may name files absolutely, and above its folder", () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "conf", "service.yaml");
    mkdirSync(path.dirname(file));
    const ledgerOf = (ledger: string) => {
      writeFileSync(file, sound.replace("state/ledger.sqlite", ledger));
      return loadConfig(file, schema).ledger;
    };
    expect(ledgerOf("/var/lib/ledger")).toBe("/var/lib/ledger");
    expect(ledgerOf("../ledger")).toBe(path.join(folder, "ledger"));
    expect(ledgerOf("./ledger")).toBe(path.join(folder, "conf", "ledger"));
  });

  it("names the service that it is for", () => {
    expect(configuredService(write(sound))).toBe("signer");
    for (const text of ["", "signer", "- service", "service: 5", "service: [signer]", "other: signer"]) {
      expect(configuredService(write(text))).toBeUndefined();
    }
  });
});

describe("a configuration with mistakes", () => {
  it("is refused with every problem at once, each with its path and none with its value", () => {
    const text = `
service: signr
lisen: { port: 9000 }
listen: { port: 90000, hots: s3cret }
ledger: ""
chainId: 0x10
providers:
  - label: Not A Name
    url: 5
  - labl: two
`;
    expect(configProblems(() => load(text))).toEqual([
      "service: must be signer",
      "listen.port: must be a whole number from 0 to 65535",
      "listen.hots: is not a known key (did you mean host?)",
      "ledger: must not be empty",
      "chainId: must be a plain decimal integer without sign, fraction, exponent, hex or leading zeros",
      "providers.0.label: must be 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit",
      "providers.0.url: must be a string",
      "providers.1.label: is missing",
      "providers.1.url: is missing",
      "providers.1.labl: is not a known key (did you mean label?)",
      "lisen: is not a known key (did you mean listen?)",
    ]);
  });

  it("is refused for being another service's, and for nothing else", () => {
    expect(configProblems(() => load("service: chain\nchains: []\n"))).toEqual([
      "service: is chain, and must be signer: this file is another service's",
    ]);
  });

  it("is named in the message, with a line for each problem", () => {
    const file = write(sound.replace("9000", "-1"));
    expect(refusal("config_invalid", () => loadConfig(file, schema)).message).toBe(
      `${file} has a problem:\n  - listen.port: must be a whole number from 0 to 65535`,
    );
  });

  it("is refused when it is empty, a list or a text", () => {
    for (const text of ["", "# nothing\n", "- a\n", "text\n", "null\n", "5\n"]) {
      expect(configProblems(() => load(text))).toEqual(["the file: must be of type object"]);
    }
  });

  it("is refused when it cannot be read", () => {
    const folder = temporaryFolder();
    expect(configProblems(() => loadConfig(path.join(folder, "missing.yaml"), schema))).toEqual([
      "cannot be read (ENOENT: there is no such file)",
    ]);
    expect(configProblems(() => loadConfig(folder, schema))).toEqual(["cannot be read (EISDIR: it is a folder)"]);
    expect(configProblems(() => configuredService(folder))).toEqual(["cannot be read (EISDIR: it is a folder)"]);
  });

  it("never shows a secret that stands in the wrong place", () => {
    const slips = [
      sound.replace("    url: https", "    ulr: https"),
      sound.replace("    url: https", "    url https"),
      sound.replace("    url: https://rpc.example/s3cret", "    https://rpc.example/s3cret:"),
      sound.replace("    url: https://rpc.example/s3cret", "    url: { https://rpc.example/s3cret: 1 }"),
      sound.replace("    url: https://rpc.example/s3cret", "    url: [https://rpc.example/s3cret]"),
      sound.replace("    url: https://rpc.example/s3cret", "    url: *s3cret"),
      sound.replace("    url: https://rpc.example/s3cret", "    url: !s3cret x"),
      sound.replace("    url: https://rpc.example/s3cret", "    url: 's3cret"),
      sound.replace("label: one", "label: https://rpc.example/s3cret"),
      sound.replace("service: signer", "service: s3cret"),
    ];
    for (const slip of slips) {
      const error = refusal("config_invalid", () => load(slip));
      expect(error.message, slip).not.toMatch(/s3cret|rpc\.example/);
    }
  });
});
