import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isAttestorError } from "../../../../shared/errors/index.ts";
import { parseSshPublicKey } from "../../../../signer/policy/ssh/publicKey.ts";
import { isSignatureOf, parseSshSignature } from "../../../../signer/policy/ssh/signature.ts";
import { refusal } from "../../../shared/refusal.ts";
import { temporaryFolder } from "../../../shared/temporaryFolder.ts";
import { testSshKey } from "../../../support/operator.ts";
import { isRightForSsh, newKeyFile, signWith } from "../../../support/sshKeygen.ts";
import { securityKey } from "./securityKey.ts";

const statement = "hsm-attestor statement v1\naction: apply-policy\n";

/** Whether a signature over `message` is right, and by the key of that line. */
function accepts(signature: string, line: string, message = statement): boolean {
  const parsed = parseSshSignature(signature);
  return parsed.publicKey.line === parseSshPublicKey(line).line && isSignatureOf(parsed, message);
}

describe("a signature that ssh-keygen makes", () => {
  it.each([
    ["ed25519", ["ed25519"], []],
    ["ecdsa on P-256", ["ecdsa", "-b", "256"], []],
    ["ed25519 over SHA-256", ["ed25519"], ["-O", "hashalg=sha256"]],
    ["ecdsa over SHA-256", ["ecdsa", "-b", "256"], ["-O", "hashalg=sha256"]],
  ])("is right for its key and its message alone: %s", (_what, type, options) => {
    const folder = temporaryFolder();
    const { file, line } = newKeyFile(folder, type);
    const other = newKeyFile(folder, type, "other");
    const signature = signWith(file, statement, ...options);
    expect(accepts(signature, line)).toBe(true);
    expect(accepts(signature, other.line)).toBe(false);
    expect(accepts(signature, line, `${statement}\n`)).toBe(false);
    expect(accepts(signature, line, "")).toBe(false);
  });

  it("is right for as many ecdsa signatures as it takes to meet every length of r and s", () => {
    const { file, line } = newKeyFile(temporaryFolder(), ["ecdsa", "-b", "256"]);
    for (let time = 0; time < 30; time += 1) {
      const message = `${statement}${time}`;
      expect(accepts(signWith(file, message), line, message)).toBe(true);
    }
  });

  it("is refused in another namespace", () => {
    const { file } = newKeyFile(temporaryFolder(), ["ed25519"]);
    const { data } = refusal("invalid_field", () => parseSshSignature(signWith(file, statement, "-n", "file")));
    expect(data.reason).toBe("is not in namespace hsm-attestor; sign with -n hsm-attestor");
  });

  it.each([
    ["RSA", ["rsa", "-b", "3072"]],
    ["ecdsa on P-384", ["ecdsa", "-b", "384"]],
  ])("is refused by a key of another kind: %s", (_what, type) => {
    const { file, line } = newKeyFile(temporaryFolder(), type);
    const signature = signWith(file, statement);
    expect(refusal("invalid_field", () => parseSshSignature(signature)).data.reason).toMatch(/^must be one of ssh-/);
    expect(refusal("invalid_field", () => parseSshPublicKey(line)).data.reason).toMatch(/^must start with one of ssh-/);
  });
});

describe("a signature by a hardware key", () => {
  it.each(["ed25519", "ecdsa"] as const)("is right for ssh-keygen and for us: %s", (kind) => {
    const folder = temporaryFolder();
    const key = securityKey(kind);
    const signature = key.sign(statement);
    expect(isRightForSsh(folder, signature, statement)).toBe(true);
    expect(accepts(signature, key.line)).toBe(true);
    expect(isRightForSsh(folder, signature, "another")).toBe(false);
    expect(accepts(signature, key.line, "another")).toBe(false);
  });

  it.each(["ed25519", "ecdsa"] as const)("is worth nothing if nobody touched the key: %s", (kind) => {
    const key = securityKey(kind);
    expect(accepts(key.sign(statement, 0), key.line)).toBe(false);
    expect(accepts(key.sign(statement, 4), key.line)).toBe(false);
    expect(accepts(key.sign(statement, 5), key.line)).toBe(true);
  });
});

it("ssh-keygen takes the signatures of the tests' operators for right ones", () => {
  const folder = temporaryFolder();
  const { signWith } = testSshKey("olga");
  expect(isRightForSsh(folder, signWith(statement), statement)).toBe(true);
  expect(isRightForSsh(folder, signWith(statement), "another")).toBe(false);
});

describe("a public key", () => {
  it("has one spelling, without the comment", () => {
    const { line } = newKeyFile(temporaryFolder(), ["ed25519"]);
    const [type, base64] = line.split(" ");
    for (const text of [line, `  ${type}\t${base64}  `, `${type} ${base64} other comment here\n`]) {
      expect(parseSshPublicKey(text).line).toBe(`${type} ${base64}`);
    }
  });

  const ed25519 = testSshKey("").sshKey.trim();
  const { line: sk } = securityKey("ed25519");
  it.each([
    ["options before it", `no-touch-required ${sk}`, "must start with one of"],
    ["base64 that is not canonical", `${ed25519.replace(/ \S+$/, (text) => `${text}=`)}`, "is not base64"],
    ["another type outside than inside", ed25519.replace("ssh-ed25519", "ecdsa-sha2-nistp256"), "names another type"],
    ["nothing behind its type", "ssh-ed25519", "is not base64"],
    ["bytes left over", spoilt(ed25519, (bytes) => Buffer.concat([bytes, Buffer.from([0])])), "has bytes left over"],
    ["a missing byte", spoilt(ed25519, (bytes) => bytes.subarray(0, -1)), "ends too early"],
    ["no point of its curve", `ecdsa-sha2-nistp256 ${p256Blob(Buffer.alloc(64, 1))}`, "is not a point of its curve"],
    ["a compressed point", `ecdsa-sha2-nistp256 ${p256Blob(Buffer.alloc(32, 1))}`, "is not an uncompressed point"],
  ])("is refused with %s", (_what, line, reason) => {
    expect(refusal("invalid_field", () => parseSshPublicKey(line)).data.reason).toContain(reason);
  });
});

function spoilt(line: string, change: (bytes: Buffer) => Buffer): string {
  const [type, base64 = ""] = line.split(" ");
  return `${type} ${change(Buffer.from(base64, "base64")).toString("base64")}`;
}

function p256Blob(coordinates: Buffer): string {
  const part = (bytes: Buffer | string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, Buffer.from(bytes)]);
  };
  const point = Buffer.concat([Buffer.from([4]), coordinates]);
  return Buffer.concat([part("ecdsa-sha2-nistp256"), part("nistp256"), part(point)]).toString("base64");
}

describe("a text that is no signature of ours", () => {
  const { signWith: sign, sshKey } = testSshKey("");
  const good = sign(statement);

  it.each([
    ["nothing", ""],
    ["text before it", `x${good}`],
    ["text behind it", `${good}x`],
    ["two of them", good + good],
    ["10 kB", good.replace("\n-----END", `${"A".repeat(10_000)}\n-----END`)],
    ["a PEM of another kind", good.replaceAll("SSH SIGNATURE", "PGP SIGNATURE")],
  ])("is refused: %s", (_what, text) => {
    expect(refusal("invalid_field", () => parseSshSignature(text)).data.reason).toBe(
      "is not what `ssh-keygen -Y sign` writes",
    );
  });

  it("is refused or wrong wherever one byte of it differs, and nothing else ever happens", () => {
    const bytes = Buffer.from(good.split("\n").slice(1, -2).join(""), "base64");
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`ssh signature property test: seed ${seed}`);
    const property = fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, difference) => {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ difference;
      const text = `-----BEGIN SSH SIGNATURE-----\n${changed.toString("base64")}\n-----END SSH SIGNATURE-----\n`;
      try {
        return !accepts(text, sshKey);
      } catch (error) {
        return isAttestorError(error, "invalid_field");
      }
    });
    fc.assert(property, { seed, numRuns: 1_000 });
  });

  it("never does anything but refuse, whatever the bytes are", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`ssh signature fuzzing: seed ${seed}`);
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (noise, withMagic) => {
      const bytes = Buffer.concat([Buffer.from(withMagic ? "SSHSIG\0\0\0\x01" : ""), noise]);
      const text = `-----BEGIN SSH SIGNATURE-----\n${bytes.toString("base64")}\n-----END SSH SIGNATURE-----\n`;
      refusal("invalid_field", () => parseSshSignature(text));
    });
    fc.assert(property, { seed, numRuns: 1_000 });
  });
});
