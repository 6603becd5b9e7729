import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { attestor, type CommandResult } from "../support/attestor.ts";
import { attestorHere } from "../support/attestorHere.ts";
import { createKmsDouble, type KmsDouble } from "../support/kmsDouble.ts";
import { createSignerWorld, type SignerWorld } from "../support/signerWorld.ts";

interface Report {
  readonly healthy: boolean;
  readonly findings: readonly { readonly result: string; readonly what: string; readonly detail: string }[];
}

let kms: KmsDouble;
let world: SignerWorld;
beforeAll(async () => {
  kms = await createKmsDouble(["ECC_SECG_P256K1", "ECC_SECG_P256K1"]);
  Object.assign(process.env, kms.env);
  const placeOf = (name: string, index: number) => {
    const { uri, publicKey } = kms.keys[index] ?? {};
    return { name, uri, publicKey };
  };
  world = await createSignerWorld({
    change: (settings) => {
      settings.keys = [
        { ...placeOf("to-one", 0), scheme: "verulink-evm", deployment: "local", destination: 1 },
        { ...placeOf("audit", 1), use: "audit" },
      ];
    },
    changePolicy: (policy) => {
      policy.routes = policy.routes.filter(({ key }: { key: string }) => key === "to-one");
      policy.clients = policy.clients.map((client: object) => ({ ...client, routes: ["two-to-one"] }));
    },
  });
});
afterEach(() => {
  kms.behave();
  kms.runAhead(0);
});
afterAll(async () => {
  await world.close();
  await kms.close();
});

async function examine(
  run: (words: string[]) => Promise<CommandResult> = attestorHere,
): Promise<Report & { readonly code: number | null }> {
  const words = ["hsm", "doctor", "--config", world.configFile, "--duration", "100", "--json"];
  const { code, stdout } = await run(words);
  return { code, ...(JSON.parse(stdout) as Report) };
}

describe("attestor hsm doctor over keys in AWS KMS", () => {
  it("says whose they are, what they are for, how far KMS's clock is, and how fast each signs", async () => {
    const asked = kms.seen.length;
    const { code, healthy, findings } = await examine((words) => attestor(words, { environment: kms.env }));
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    const id = kms.keys[0]?.arn.split("/")[1];
    for (const [what, detail] of [
      ["kms to-one", `KMS eu-central-1, account 111122223333, key ${id}`],
      ["usage to-one", "SIGN_VERIFY with ECDSA_SHA_256 over ECC_SECG_P256K1, AWS_KMS, Enabled"],
      ["kms clock to-one", expect.stringMatching(/^it differs from this machine's by -?[01] s$/)],
      ["key to-one", `${kms.keys[0]?.address}, custody kms, 7 attributes as demanded`],
      ["speed to-one", expect.stringMatching(/^[1-9][0-9]* signatures\/s, median [0-9.]+ ms/)],
      ["speed audit", expect.stringMatching(/^[1-9][0-9]* signatures\/s/)],
    ] as const) {
      expect(findings).toContainEqual({ result: "ok", what, detail });
    }
    const clock = findings.find(({ what }) => what === "clock");
    expect(clock, "this machine's own clock is looked at as well").toBeDefined();
    const signatures = kms.seen.slice(asked).filter(({ operation }) => operation === "Sign").length;
    const told = findings.flatMap(({ detail }) => /^([0-9]+) signatures\/s/.exec(detail)?.[1] ?? []);
    const claimed = told.reduce((sum, perSecond) => sum + Number(perSecond) / 10, 0);
    expect(claimed, "it counts what KMS was asked to sign, and each key's proof at the start").toBeCloseTo(
      signatures - 2,
      5,
    );
  });

  it("warns where this machine's clock and KMS's are more than a minute apart", async () => {
    kms.runAhead(120_000);
    const { code, findings } = await examine();
    expect(code).toBe(0);
    const clocks = findings.filter(({ what }) => what.startsWith("kms clock "));
    expect(clocks.map(({ result }) => result)).toEqual(["warn", "warn"]);
    expect(clocks[0]?.detail).toMatch(/by 1(19|20|21) s$/);
  });

  it("fails for a key that is for something else, without having it sign", async () => {
    const asked = kms.seen.length;
    const metadata = kms.keys[0]?.metadata;
    if (!metadata) throw new Error("the double has no key");
    metadata.KeyUsage = "KEY_AGREEMENT";
    const { code, findings } = await examine();
    metadata.KeyUsage = "SIGN_VERIFY";
    expect(code).toBe(1);
    const failed = findings.filter(({ result }) => result === "fail");
    expect(failed).toEqual([
      { result: "fail", what: "kms to-one", detail: expect.stringContaining("KeyUsage") },
      { result: "fail", what: "keys", detail: "not opened: see above" },
    ]);
    expect(kms.seen.slice(asked).map(({ operation }) => operation)).not.toContain("Sign");
  });

  it("says which right is missing", async () => {
    kms.misbehave("GetPublicKey", { answer: "AccessDeniedException" });
    const { code, findings } = await examine();
    expect(code).toBe(1);
    const failed = findings.filter(({ result }) => result === "fail").map(({ what, detail }) => ({ what, detail }));
    expect(failed[0]).toEqual({ what: "kms to-one", detail: expect.stringContaining("Allow kms:DescribeKey") });
  });
});
