import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestScheme } from "../../../shared/digest/index.ts";
import { parseJson, stringifyJson } from "../../../shared/json/index.ts";
import { check, problemsOf } from "../../../shared/schema/index.ts";
import {
  type Attestation,
  type AttestationRequest,
  attestationRequestSchema,
  attestationSchema,
  attestationSubmissionSchema,
  attestationToWire,
} from "../../../shared/wire/index.ts";
import { anyPacket } from "../arbitraries.ts";
import { soundPacket } from "../vectors.ts";

const packet = soundPacket();
const verdict = {
  result: "flagged",
  source: "ofac",
  version: "2026.1",
  screenedAt: "2026-01-31T12:00:00.000Z",
} as const;
const request = { deployment: "main", packet, verdict, sources: "2-of-3" } as const;
const submission = { ...request, signature: `0x${"ab".repeat(65)}`, assurance: "agreed-2", custody: "hsm" } as const;
const attestation: Attestation = {
  ...submission,
  scheme: "verulink-evm",
  ...digestScheme("verulink-evm").digestOf(packet, "flagged"),
  signer: "0x14779F992B2F2c42b8660Ffa42DBcb3C7C9930B0",
};

const shapes = [
  ["a request to the signer", attestationRequestSchema, request],
  ["a submission to the collector", attestationSubmissionSchema, submission],
  ["an attestation", attestationSchema, attestation],
] as const;

/** `value` on the wire, with changes at the top level, read back from JSON text. */
const received = (value: AttestationRequest, changes: object = {}) =>
  parseJson(stringifyJson({ ...attestationToWire(value), ...changes }));
const problems = (schema: (typeof shapes)[number][1], value: unknown) => {
  const result = problemsOf(schema, value);
  return "problems" in result ? result.problems.map(({ path, reason }) => `${path}: ${reason}`) : [];
};

describe.each(shapes)("%s", (_what, schema, value) => {
  it("survives the wire", () => {
    expect(check(schema, received(value), "body")).toEqual(value);
  });

  it("survives the wire with any packet", () => {
    fc.assert(
      fc.property(anyPacket, (other) => {
        expect(check(schema, received({ ...value, packet: other }), "body")).toEqual({
          ...value,
          packet: other,
        });
      }),
      { numRuns: 30 },
    );
  });

  it("has the packet in Verulink's keys", () => {
    expect(attestationToWire(value)).toHaveProperty("packet.message.dest_token_address");
  });

  it("needs every field", () => {
    for (const key of Object.keys(value)) {
      expect(problems(schema, received(value, { [key]: undefined })), key).toEqual([`${key}: is missing`]);
    }
  });

  it("takes no field more", () => {
    expect(problems(schema, received(value, { signatur: "x" }))[0]).toMatch(/^signatur: is not a known key/);
    expect(problems(schema, received(value, { verdict: { ...verdict, expires: "x" } }))[0]).toMatch(
      /^verdict\.expires: is not a known key/,
    );
  });

  it.each([
    ["deployment", { deployment: "Main Net" }],
    ["deployment", { deployment: "" }],
    ["packet", { packet: [] }],
    ["packet.version", { packet: {} }],
    ["verdict.result", { verdict: { ...verdict, result: "YEA" } }],
    ["verdict.result", { verdict: { ...verdict, result: true } }],
    ["verdict.source", { verdict: { ...verdict, source: "ö" } }],
    ["verdict.version", { verdict: { ...verdict, version: "" } }],
    ["sources", { sources: "double" }],
    ["sources", { sources: "0-of-3" }],
    ["sources", { sources: "4-of-3" }],
    ["sources", { sources: "2-of-3 " }],
    ["sources", { sources: "100-of-100" }],
  ])("is refused with a wrong %s: %j", (field, changes) => {
    expect(problems(schema, received(value, changes))[0]).toMatch(new RegExp(`^${field}: `));
  });

  it.each(["single", "1-of-1", "3-of-5", "99-of-99"])("may rest on sources %s", (sources) => {
    expect(problems(schema, received(value, { sources }))).toEqual([]);
  });
});

describe("the time of a verdict", () => {
  const problemsAt = (screenedAt: unknown) =>
    problems(attestationRequestSchema, received(request, { verdict: { ...verdict, screenedAt } }));

  it.each(["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.5Z", "2028-02-29T23:59:59.999999999Z"])("may be %s", (text) => {
    expect(problemsAt(text)).toEqual([]);
  });

  it.each([
    "2026-01-31",
    "2026-01-31T12:00Z",
    "2026-01-31T12:00:00",
    "2026-01-31T12:00:00+00:00",
    "2026-01-31 12:00:00Z",
    "2026-02-30T12:00:00Z",
    "2026-01-31T24:00:00Z",
    `2026-01-31T12:00:00.${"0".repeat(1000)}Z`,
    "",
    1_769_860_800,
  ])("may not be %j", (text) => {
    expect(problemsAt(text)).toEqual([
      "verdict.screenedAt: must be a time in RFC 3339, UTC, such as 2026-01-31T12:00:00Z",
    ]);
  });
});

describe("signature, assurance and custody", () => {
  it.each([
    ["signature", { signature: `0x${"ab".repeat(64)}` }],
    ["signature", { signature: "ab".repeat(65) }],
    ["signature", { signature: `0x${"zz".repeat(65)}` }],
    ["assurance", { assurance: "agreed" }],
    ["assurance", { assurance: "agreed-0" }],
    ["assurance", { assurance: "CLAIMED" }],
    ["custody", { custody: "software" }],
  ])("are refused with a wrong %s: %j", (field, changes) => {
    for (const [schema, value] of [
      [attestationSubmissionSchema, submission],
      [attestationSchema, attestation],
    ] as const) {
      expect(problems(schema, received(value, changes))[0]).toMatch(new RegExp(`^${field}: must be `));
    }
  });

  it.each([
    ["packetHash", { packetHash: `0x${"ab".repeat(31)}` }],
    ["digest", { digest: "0x" }],
    ["scheme", { scheme: "verulink-go" }],
    ["signer", { signer: "" }],
  ])("come with a sound %s", (field, changes) => {
    expect(problems(attestationSchema, received(attestation, changes))[0]).toMatch(new RegExp(`^${field}: must be `));
  });

  it("are read into one spelling: hex in lower case", () => {
    const upper = received(submission, { signature: `0x${"AB".repeat(65)}` });
    expect(check(attestationSubmissionSchema, upper, "body").signature).toBe(submission.signature);
  });
});
