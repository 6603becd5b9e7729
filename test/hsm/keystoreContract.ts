import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Keystore } from "../../hsm/index.ts";
import { recoverableSignature } from "../../shared/ecdsa/index.ts";

/** A backend with two keys, as the contract needs it. One keystore is open at a time. */
export interface KeystoreFixture {
  /** Names of the two keys, with their public keys in 65 bytes. */
  readonly keys: readonly [{ name: string; publicKey: Uint8Array }, { name: string; publicKey: Uint8Array }];
  /** A keystore for both, not opened yet; the keys' public keys are pinned as given. */
  create(pins: readonly [Uint8Array, Uint8Array]): Keystore;
}

/** How a backend signs. */
export interface SignatureForm {
  /** Whether a key signed those 32 bytes, or what a typed backend made of them. */
  verifies(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
  readonly signatureBytes: number;
  /** Lengths of a digest that it refuses; none for a backend that takes no digest. */
  readonly refusedLengths: readonly number[];
  /** Code of the error that a closed keystore answers with. */
  readonly closed: string;
}

const bareDigests: SignatureForm = {
  verifies: (signature, digest, publicKey) => recoverableSignature(signature, digest, publicKey) !== undefined,
  signatureBytes: 64,
  refusedLengths: [0, 1, 20, 31, 33, 48, 64],
  closed: "hsm_error",
};

/** What every backend must do, whatever its device and form of signatures. */
export function describeKeystore(
  backend: string,
  fixture: () => Promise<KeystoreFixture>,
  form: SignatureForm = bareDigests,
): void {
  describe(`${backend} as a keystore`, () => {
    const opened = async () => {
      const { keys, create } = await fixture();
      const keystore = create([keys[0].publicKey, keys[1].publicKey]);
      const [first, second] = await keystore.open();
      if (!first || !second) throw new Error("two keys expected");
      return { keystore, first, second, closes: { [Symbol.asyncDispose]: () => keystore.close() } };
    };

    it("opens the keys in order, with their names and pinned public keys", async () => {
      const { keys } = await fixture();
      const { first, second, closes } = await opened();
      await using _ = closes;
      expect([first, second].map(({ name, publicKey }) => ({ name, publicKey }))).toEqual(keys);
    });

    it("signs what it is given, each key for itself", async () => {
      const { first, second, closes } = await opened();
      await using _ = closes;
      const digest = randomBytes(32);
      const [byFirst, bySecond] = [await first.sign(digest), await second.sign(digest)];
      expect(byFirst).toHaveLength(form.signatureBytes);
      expect(form.verifies(byFirst, digest, first.publicKey)).toBe(true);
      expect(form.verifies(bySecond, digest, second.publicKey)).toBe(true);
      expect(form.verifies(byFirst, digest, second.publicKey)).toBe(false);
      expect(form.verifies(byFirst, randomBytes(32), first.publicKey)).toBe(false);
    });

    it("gives each of many requests at a time its own signature", async () => {
      const { first, second, closes } = await opened();
      await using _ = closes;
      const requests = Array.from({ length: 60 }, (_, index) => ({
        key: index % 3 === 0 ? second : first,
        digest: randomBytes(32),
      }));
      const raw = await Promise.all(requests.map(({ key, digest }) => key.sign(digest)));
      const right = requests.map(({ key, digest }, index) =>
        form.verifies(raw[index] ?? new Uint8Array(), digest, key.publicKey),
      );
      expect(right).not.toContain(false);
    });

    it.each(form.refusedLengths)("refuses a digest of %i bytes and goes on signing", async (length) => {
      const { first, closes } = await opened();
      await using _ = closes;
      await expect(first.sign(new Uint8Array(length))).rejects.toMatchObject({ code: "internal" });
      await expect(first.sign(randomBytes(32))).resolves.toHaveLength(64);
    });

    it("states for each key what was checked", async () => {
      const { first, closes } = await opened();
      await using _ = closes;
      expect(Object.keys(first.attributes).length).toBeGreaterThan(0);
    });

    it("refuses to open with another public key pinned", async () => {
      const { keys, create } = await fixture();
      const keystore = create([keys[0].publicKey, keys[0].publicKey]);
      await expect(keystore.open()).rejects.toMatchObject({ code: "key_mismatch", data: { key: keys[1].name } });
    });

    it("can be opened again by a successor, and signs nothing once it is closed", async () => {
      const { keystore, first } = await opened();
      await keystore.close();
      await expect(first.sign(randomBytes(32))).rejects.toMatchObject({ code: form.closed });
      const { closes } = await opened();
      await closes[Symbol.asyncDispose]();
    });
  });
}
