import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseKeyUri } from "../../../hsm/index.ts";
import { readAttribute, type Template } from "../../../hsm/pkcs11/attributes.ts";
import { type AttributeName, attribute } from "../../../hsm/pkcs11/constants.ts";
import type { Cryptoki, SessionHandle } from "../../../hsm/pkcs11/cryptoki.ts";
import { findObjects } from "../../../hsm/pkcs11/findObjects.ts";
import { findPinnedKeys } from "../../../hsm/pkcs11/pinnedKeys.ts";
import { softHsm } from "../../../hsm/pkcs11/vendors/softHsm.ts";
import { publicKeyFromHex } from "../../../shared/ecdsa/index.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { assertAlways } from "../../support/assertAlways.ts";
import { createFaultyModule, type FaultyModule } from "../../support/native/faultyModule.ts";
import { createSoftHsm, type SoftHsm } from "../../support/softhsm.ts";
import { inToken } from "../support/inToken.ts";
import { specOf } from "../support/keepers.ts";

let hsm: SoftHsm;
let module: FaultyModule;

beforeAll(async () => {
  hsm = await createSoftHsm({ keys: [{ label: "key", id: "0001" }] });
  module = createFaultyModule(hsm);
});

afterAll(() => hsm.remove());

/** Looks for the key as a keeper does at its start and after a fault, through the module. */
function lookFor(cryptoki: Cryptoki, session: SessionHandle) {
  const { name, uri, publicKey } = specOf(hsm, 0);
  const pinned = { name, uri: parseKeyUri(uri), publicKey: publicKeyFromHex(publicKey) ?? new Uint8Array() };
  return findPinnedKeys(cryptoki, session, softHsm, [pinned]);
}

/** The property runs to its end before the token is closed: all of it is synchronous. */
const always = (
  what: string,
  runs: number,
  make: (cryptoki: Cryptoki, session: SessionHandle) => fc.IProperty<unknown>,
) =>
  inToken({ ...hsm, module: parseKeyUri(module.through(specOf(hsm, 0)).uri).module }, (cryptoki, session) =>
    assertAlways(what, make(cryptoki, session), runs),
  );

describe("a module that gives another value for an attribute", () => {
  const refusal = {
    CKA_ID: "key_missing",
    CKA_LABEL: "key_missing",
    CKA_EC_POINT: "key_mismatch",
    CKA_VALUE: "key_attribute",
  } as const;
  const demanded: readonly AttributeName[] = softHsm.demands.map((demand) => demand.attribute);
  const names = [...demanded, ...(Object.keys(refusal) as (keyof typeof refusal)[])];

  /** The right value with a byte changed, cut, or with others around it; a number of another width; anything. */
  const spoilt = (right: Buffer) =>
    fc.oneof(
      fc.uint8Array({ maxLength: 1_024 }),
      fc.constantFrom(Buffer.alloc(0), Buffer.of(0), Buffer.of(1), Buffer.of(0xff), right.subarray(0, 4)),
      fc.tuple(fc.nat(right.length), fc.uint8Array({ maxLength: 3 })).map(([at, put]) => {
        return Buffer.concat([right.subarray(0, at), put, right.subarray(at)]);
      }),
      fc.tuple(fc.nat(Math.max(0, right.length - 1)), fc.nat(255)).map(([at, value]) => {
        const other = Buffer.from(right);
        if (at < other.length) other[at] = value;
        return other;
      }),
    );

  it("opens the key only if it is the right one, and says what it refuses", async () => {
    const right = new Map<AttributeName, Buffer>();
    await always("attribute values from a module", 250, (cryptoki, session) => {
      module.behave();
      lookFor(cryptoki, session);
      for (const kind of [2, 3]) {
        const [object] = findObjects(cryptoki, session, { CKA_CLASS: kind });
        if (!object) throw new Error("the token has no such object");
        for (const name of names) {
          if (name === "CKA_VALUE" || (name === "CKA_EC_POINT" && kind === 3)) continue;
          const value = readAttribute(cryptoki, session, object, name);
          if (value) right.set(name, value);
        }
      }
      const answer = fc
        .constantFrom(...names)
        .chain((name) =>
          spoilt(right.get(name) ?? Buffer.alloc(0)).map((value) => ({ name, value: Buffer.from(value) })),
        );
      return fc.property(answer, ({ name, value }) => {
        module.substitute(attribute[name], value);
        const point = right.get("CKA_EC_POINT");
        // some modules give the point without the octet string around it
        const isRight = right.get(name)?.equals(value) || (name === "CKA_EC_POINT" && point?.subarray(2).equals(value));
        const found = outcomeOf(() => lookFor(cryptoki, session));
        if (isRight) return void expect(found).toHaveLength(1);
        if (!isAttestorError(found))
          throw new Error("the key was opened, or something else was thrown", { cause: found });
        expect(found.code).toBe(Object.hasOwn(refusal, name) ? refusal[name as keyof typeof refusal] : "key_attribute");
        expect(found.message.length).toBeLessThan(500);
      });
    });
    module.behave();
  });
});

describe("a template of any values", () => {
  it("is taken or refused by the binding and a real module, which outlive it", async () => {
    const value = fc.oneof(fc.boolean(), fc.nat(), fc.maxSafeNat(), fc.uint8Array({ maxLength: 300 }));
    const names = fc.constantFrom(...(Object.keys(attribute) as AttributeName[]));
    await always("templates to a module", 150, (cryptoki, session) =>
      fc.property(fc.dictionary(names, value, { maxKeys: 6 }) as fc.Arbitrary<Template>, (template) => {
        const found = outcomeOf(() => findObjects(cryptoki, session, template));
        if (!Array.isArray(found)) expect(found).toMatchObject({ code: "hsm_error" });
        expect(lookFor(cryptoki, session)).toHaveLength(1);
      }),
    );
  });
});

function outcomeOf<T>(run: () => T): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
