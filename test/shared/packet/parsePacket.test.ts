import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import {
  formatPacketId,
  packetFields,
  packetIdOf,
  packetToVerulinkWire,
  packetToWire,
  parsePacket,
} from "../../../shared/packet/index.ts";
import { anyPacket } from "../arbitraries.ts";
import { refusal } from "../refusal.ts";
import { soundPacket } from "../vectors.ts";

const paths = {
  integers: {
    version: 8,
    sequence: 64,
    "source.chain_id": 128,
    "destination.chain_id": 128,
    "message.amount": 128,
    height: 64,
  },
  texts: [
    "source.address",
    "destination.address",
    "message.dest_token_address",
    "message.sender_address",
    "message.receiver_address",
  ],
  objects: ["source", "destination", "message"],
} as const;
const integerPaths = Object.entries(paths.integers);

/** The JSON text of a sound packet with the value at `path` replaced by `json`, or removed. */
function packetJson(path: string, json: string | undefined): string {
  const wire: unknown = JSON.parse(stringifyJson(packetToWire(soundPacket())));
  const steps = path.split(".");
  const last = steps.pop() ?? "";
  const parent = steps.reduce<unknown>((inner, step) => Reflect.get(inner as object, step), wire) as object;
  if (json === undefined) Reflect.deleteProperty(parent, last);
  else Reflect.set(parent, last, "PLACE");
  return JSON.stringify(wire).replace('"PLACE"', () => json ?? "");
}

const parseWith = (path: string, json: string | undefined) => parsePacket(parseJson(packetJson(path, json)));
const wireAt = (path: string, json: string) => {
  const wire = packetToWire(parseWith(path, json));
  return String(path.split(".").reduce<unknown>((inner, step) => Reflect.get(inner as object, step), wire));
};

describe("a packet in Verulink's JSON keys", () => {
  it("is read and written back without losing a digit, in our form (decimal strings)", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const text = stringifyJson(packetToWire(packet));
        expect(parsePacket(parseJson(text))).toEqual(packet);
      }),
    );
  });

  it("is read and written back without losing a digit, in Verulink's form (JSON numbers)", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const text = stringifyJson(packetToVerulinkWire(packet));
        expect(parsePacket(parseJson(text))).toEqual(packet);
      }),
    );
  });

  it("has decimal strings for integers beyond u8 on our wire", () => {
    expect(JSON.parse(stringifyJson(packetToWire(soundPacket())))).toMatchObject({
      version: 1,
      sequence: "1",
      source: { chain_id: "2" },
      destination: { chain_id: "1" },
      message: { amount: "10" },
      height: "100",
    });
  });

  it("has bare numbers with every digit on Verulink's wire", () => {
    const chainId = (1n << 128n) - 1n;
    const packet = { ...soundPacket(), sequence: 9007199254740993n, source: { chainId, address: "a" } };
    const text = stringifyJson(packetToVerulinkWire(packet));
    expect(text).toContain('"sequence":9007199254740993,');
    expect(text).toContain('"source":{"chain_id":340282366920938463463374607431768211455,');
    expect(text).toContain('"height":100}');
  });

  it("is identified by source, destination and sequence", () => {
    const id = packetIdOf(soundPacket());
    expect(id).toEqual({ source: 2n, destination: 1n, sequence: 1n });
    expect(formatPacketId(id)).toBe("2/1/1");
  });

  it("is read from JSON text only through the lossless parser: a number that JavaScript may have rounded is refused", () => {
    const rounded: unknown = JSON.parse(stringifyJson(packetToVerulinkWire(soundPacket())));
    expect(refusal("invalid_field", () => parsePacket(rounded)).data.field).toBe("version");
  });

  it("must be an object", () => {
    for (const json of ["null", "[]", '"packet"', "true", "5"]) {
      expect(refusal("invalid_field", () => parsePacket(parseJson(json))).data.reason).toBeTruthy();
    }
    expect(refusal("invalid_field", () => parsePacket(undefined)).data).toEqual({
      field: "packet",
      reason: "is missing",
    });
  });
});

describe.each(integerPaths)("the integer %s", (path, bits) => {
  const largest = (1n << BigInt(bits)) - 1n;

  it.each(["0", "1", largest.toString()])("is read exactly from the number and the string %s", (digits) => {
    expect(wireAt(path, digits)).toBe(digits);
    expect(wireAt(path, `"${digits}"`)).toBe(digits);
  });

  it.each([
    ["one too many", (largest + 1n).toString(), `must be below 2^${bits}`],
    ["300 digits", "9".repeat(300), `must be below 2^${bits}`],
  ])("is refused when it is %s", (_what, digits, reason) => {
    for (const json of [digits, `"${digits}"`]) {
      expect(refusal("invalid_field", () => parseWith(path, json)).data).toEqual({ field: path, reason });
    }
  });

  const spelling = "must be a plain decimal integer without sign, fraction, exponent, hex or leading zeros";
  it.each([
    "-1",
    "-0",
    "1.5",
    "1.0",
    "1e3",
    "1E3",
    "1e-3",
    '"-1"',
    '"+1"',
    '"1.0"',
    '"1e3"',
    '"0x10"',
    '"0b1"',
    '""',
    '" "',
    '" 1"',
    '"1 "',
    '"1\\n"',
    '"01"',
    '"00"',
    '"1_000"',
    '"1,000"',
    '"1n"',
    '"٣"',
    '"NaN"',
    '"Infinity"',
  ])("is refused in the spelling %s", (json) => {
    expect(refusal("invalid_field", () => parseWith(path, json)).data).toEqual({ field: path, reason: spelling });
  });

  it.each(["true", "false", "null", "[]", "[1]", "{}", '{"toString":"1"}'])("is refused when it is %s", (json) => {
    expect(refusal("invalid_field", () => parseWith(path, json)).data).toEqual({
      field: path,
      reason: "must be an integer, as a number or a decimal string",
    });
  });

  it("is refused when it is missing", () => {
    expect(refusal("invalid_field", () => parseWith(path, undefined)).data).toEqual({
      field: path,
      reason: "is missing",
    });
  });
});

describe.each(paths.texts)("the text %s", (path) => {
  it.each(["x", " ", "~", "a".repeat(128)])("is kept byte for byte: %j", (text) => {
    expect(wireAt(path, JSON.stringify(text))).toBe(text);
  });

  it.each(["", "a".repeat(129), "a\tb", "a\n", "\0", "\x7f", "é", "e\u0301", "😀", "\ud800", "\u200b"])(
    "is refused when it is %j",
    (text) => {
      expect(refusal("invalid_field", () => parseWith(path, JSON.stringify(text))).data).toEqual({
        field: path,
        reason: "must be 1 to 128 printable ASCII characters",
      });
    },
  );

  it.each(["5", "true", "null", "[]", "{}"])("is refused when it is %s", (json) => {
    expect(refusal("invalid_field", () => parseWith(path, json)).data).toEqual({
      field: path,
      reason: "must be a string",
    });
  });

  it("is refused when it is missing", () => {
    expect(refusal("invalid_field", () => parseWith(path, undefined)).data).toEqual({
      field: path,
      reason: "is missing",
    });
  });
});

describe.each(paths.objects)("the object %s", (path) => {
  it.each(["null", "true", '"text"', "[]"])("is refused when it is %s", (json) => {
    expect(refusal("invalid_field", () => parseWith(path, json)).data).toEqual({
      field: path,
      reason: "must be of type object",
    });
  });

  it("is refused when it is a number", () => {
    expect(refusal("invalid_field", () => parseWith(path, "5")).data.field).toMatch(new RegExp(`^${path}`));
  });

  it("is refused when it is missing", () => {
    expect(refusal("invalid_field", () => parseWith(path, undefined)).data).toEqual({
      field: path,
      reason: "is missing",
    });
  });
});

describe("a field that we would not hash", () => {
  const withKey = (path: string, key: string) => () => parseWith(path === "" ? key : `${path}.${key}`, "1");

  it.each([
    ["", "is_white", "is_white"],
    ["source", "memo", "source.memo"],
    ["destination", "memo", "destination.memo"],
    ["message", "fee", "message.fee"],
  ])("is refused inside %j with its path", (path, key, field) => {
    const error = refusal("invalid_field", withKey(path, key));
    expect(error.data.field).toBe(field);
    expect(error.data.reason).toMatch(/^is not a known key; known are /);
  });

  it("is refused with the key that was probably meant", () => {
    expect(refusal("invalid_field", withKey("message", "amonut")).message).toBe(
      "message.amonut: is not a known key (did you mean amount?).",
    );
    expect(refusal("invalid_field", withKey("source", "chainId")).message).toBe(
      "source.chainId: is not a known key (did you mean chain_id?).",
    );
  });
});

it("names the fields that every packet has", () => {
  expect([...packetFields].sort()).toEqual([...Object.keys(paths.integers), ...paths.texts].sort());
});
