import { AttestorError } from "../../../shared/errors/index.ts";

/** Reads the data types of RFC 4251 §5 one after the other. Each throws `invalid_field` where the bytes end early. */
export interface WireReader {
  byte(): number;
  uint32(): number;
  /** A length and as many bytes. */
  string(): Buffer;
  /** A `string` as ASCII. */
  text(): string;
  /** A positive `mpint` as exactly `width` bytes, big-endian. */
  unsignedInteger(width: number): Buffer;
  /** Asserts that nothing is left. */
  end(): void;
}

/** @param field what the bytes are, for the error. */
export function readWire(bytes: Buffer, field: string): WireReader {
  let at = 0;
  const malformed = (reason: string) => new AttestorError("invalid_field", { field, reason });
  const take = (length: number) => {
    if (length > bytes.length - at) throw malformed("ends too early");
    at += length;
    return bytes.subarray(at - length, at);
  };
  const uint32 = () => take(4).readUInt32BE(0);
  const string = () => take(uint32());
  return {
    byte: () => take(1).readUInt8(0),
    uint32,
    string,
    text: () => string().toString("latin1"),
    unsignedInteger(width) {
      const integer = string();
      const [first = 0x80, second = 0] = integer;
      const digits = first === 0 ? integer.subarray(1) : integer;
      // RFC 4251 §5: negative if the top bit is set, and no zero byte more than that takes
      if (first >= 0x80 || (first === 0 && second < 0x80) || digits.length > width) {
        throw malformed(`holds no positive integer of up to ${width} bytes`);
      }
      return Buffer.concat([Buffer.alloc(width - digits.length), digits]);
    },
    end() {
      if (at < bytes.length) throw malformed("has bytes left over");
    },
  };
}

/** A `string` of RFC 4251 §5. */
export function wireString(value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** Base64 in its one canonical spelling (RFC 4648 §4). @throws AttestorError `invalid_field`. */
export function fromBase64(text: string, field: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (text !== "" && bytes.toString("base64") === text) return bytes;
  throw new AttestorError("invalid_field", { field, reason: "is not base64" });
}
