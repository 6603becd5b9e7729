import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attestParameters, encodeAttest } from "../../../hsm/keeper/attestLine.ts";
import {
  answerOf,
  decodeReply,
  decodeRequest,
  encodeRequest,
  encodeResult,
  parametersOf,
} from "../../../hsm/keeper/protocol.ts";
import { isAttestorError } from "../../../shared/errors/index.ts";
import { packetToWire, parsePacket } from "../../../shared/packet/index.ts";
import { asciiText, unsignedInteger } from "../../shared/arbitraries.ts";
import { assertAlways } from "../../support/assertAlways.ts";
import { vector } from "../support/packets.ts";

const place = fc.record({ chainId: unsignedInteger(128), address: asciiText });
const attestation = fc.record({
  key: fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/),
  verdict: fc.constantFrom("white" as const, "flagged" as const),
  packet: fc.record({
    version: unsignedInteger(8).map(Number),
    sequence: unsignedInteger(64),
    source: place,
    destination: place,
    message: fc.record({
      destTokenAddress: asciiText,
      senderAddress: asciiText,
      amount: unsignedInteger(128),
      receiverAddress: asciiText,
    }),
    height: unsignedInteger(64),
  }),
});
const id = fc.integer({ min: 1, max: 999_999_999_999_999 });

const read = (line: string) => {
  const request = decodeRequest(line);
  expect(request.op).toBe("attest");
  return { id: request.id, parameters: parametersOf("attest", request) };
};

const good = encodeAttest(7, { key: "key", packet: vector.packet, verdict: "white" });
const fieldsOf = (line: string) => line.split("\t");
const withField = (at: number, text: string) => fieldsOf(good).with(at, text).join("\t");

describe("a request to attest, as a line", () => {
  it("is read as what it was written from, whatever the packet", async () => {
    await assertAlways(
      "attest lines",
      fc.property(id, attestation, (number, parameters) => {
        expect(read(encodeRequest(number, "attest", parameters))).toEqual({ id: number, parameters });
      }),
      500,
    );
  });

  it("has one reading, and each reading one line: a damaged one is refused or is another packet's own", async () => {
    const damage = fc.tuple(
      fc.nat(good.length),
      fc.constantFrom("drop", "double", "put"),
      fc.oneof(fc.string({ unit: "binary", maxLength: 3 }), fc.constantFrom("\t", "0", "\n", " ", "-", "e", ".", "x")),
    );
    await assertAlways(
      "damaged attest lines",
      fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), (changes) => {
        const line = changes.reduce((now, [at, what, put]) => {
          const [before, after] = [now.slice(0, at), now.slice(at)];
          return what === "drop"
            ? before + after.slice(1)
            : what === "double"
              ? before + after.slice(0, 1) + after
              : before + put + after;
        }, good);
        try {
          const request = decodeRequest(line);
          const parameters = parametersOf("attest", request);
          expect(encodeAttest(request.id, parameters)).toBe(line);
          // the packet's own schema has no objection that this reader lacks
          expect(parsePacket(packetToWire(parameters.packet))).toEqual(parameters.packet);
        } catch (error) {
          if (!isAttestorError(error, "invalid_field") && !isAttestorError(error, "malformed_json")) throw error;
        }
      }),
      1_000,
    );
  });

  it.each([
    ["a key that is no name", 2, "Key", "key"],
    ["no verdict", 3, "yes", "verdict"],
    ["a version beyond u8", 4, "256", "packet.version"],
    ["a sequence beyond u64", 5, "18446744073709551616", "packet.sequence"],
    ["a sequence with a leading zero", 5, "07", "packet.sequence"],
    ["a sequence with a sign", 5, "+7", "packet.sequence"],
    ["a chain id in hex", 6, "0x1", "packet.source.chain_id"],
    ["an address of nothing", 7, "", "packet.source.address"],
    ["an address of 129 characters", 9, "a".repeat(129), "packet.destination.address"],
    ["an address beyond ASCII", 9, "é", "packet.destination.address"],
    ["a token with a control character", 10, "\u0000", "packet.message.dest_token_address"],
    ["an amount beyond u128", 12, "340282366920938463463374607431768211456", "packet.message.amount"],
    ["an amount of 40 digits", 12, "1".repeat(40), "packet.message.amount"],
    ["no height", 14, "", "packet.height"],
  ])("is refused with %s, by the field's name", (_what, at, text, field) => {
    const request = decodeRequest(withField(at, text));
    expect(request.id).toBe(7);
    expect(() => parametersOf("attest", request)).toThrow(
      expect.objectContaining({ code: "invalid_field", data: expect.objectContaining({ field }) }),
    );
  });

  it("is refused with a field too many or too few", () => {
    const fields = fieldsOf(good);
    for (const other of [fields.slice(0, -1), [...fields, ""], [...fields, "0x"]]) {
      expect(() => attestParameters(other)).toThrow(expect.objectContaining({ code: "invalid_field" }));
    }
  });

  it.each(["", "0", "07", "1e3", "-1", "1".repeat(16), "x"])("is refused with the id %j", (text) => {
    expect(() => decodeRequest(withField(1, text))).toThrow(expect.objectContaining({ code: "invalid_field" }));
  });

  it.each(["\t", "\n", "\u0000", "é"])(
    "is not written with %j in a text, which would end its field or its line",
    (text) => {
      const packet = { ...vector.packet, source: { ...vector.packet.source, address: `a${text}b` } };
      expect(() => encodeAttest(1, { key: "key", packet, verdict: "white" })).toThrow(
        expect.objectContaining({ code: "internal" }),
      );
    },
  );
});

describe("a signature, as a line", () => {
  const signature = `0x${"ab".repeat(64)}` as const;

  it("is read as what was answered", () => {
    const reply = decodeReply(encodeResult(9, "attest", { signature }));
    expect(reply).toEqual({ id: 9, result: { signature } });
    expect("result" in reply && answerOf("attest", reply.result)).toEqual({ signature });
  });

  it.each(["signed\t9", `signed\t9\t${signature}\t`, `signed\t9\t${signature}00`, "signed\t9\t0x", "signed\t9\tsign1"])(
    "is none: %j",
    (line) => {
      const reply = decodeReply(line);
      expect(() => "result" in reply && answerOf("attest", reply.result)).toThrow(
        expect.objectContaining({ code: "invalid_field" }),
      );
    },
  );

  it.each(["signed\t\t0x", "signed\tx\t0x", "signed\t"])("is an answer to nothing: %j", (line) => {
    expect(() => decodeReply(line)).toThrow(expect.objectContaining({ code: "invalid_field" }));
  });
});
