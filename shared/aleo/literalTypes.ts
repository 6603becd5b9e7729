import { subgroupOrder } from "./curve.ts";
import { fieldBits, fieldModulus } from "./field.ts";
import type { Literal, NumberType } from "./plaintext.ts";

export interface LiteralType {
  /** The number that stands for the type in tagged bits. */
  readonly variant: number;
  readonly bits: number;
  readonly least: bigint;
  /** One more than the greatest value. */
  readonly limit: bigint;
}

const inField = (variant: number): LiteralType => ({ variant, bits: fieldBits, least: 0n, limit: fieldModulus });
const unsigned = (variant: number, bits: number): LiteralType => ({
  variant,
  bits,
  least: 0n,
  limit: 1n << BigInt(bits),
});
const signed = (variant: number, bits: number): LiteralType => {
  const limit = 1n << BigInt(bits - 1);
  return { variant, bits, least: -limit, limit };
};

/** Every literal type but `signature` (15), which no packet holds and no hash of ours covers. */
export const literalTypes: Readonly<Record<NumberType | "boolean", LiteralType>> = {
  address: inField(0),
  boolean: unsigned(1, 1),
  field: inField(2),
  group: inField(3),
  i8: signed(4, 8),
  i16: signed(5, 16),
  i32: signed(6, 32),
  i64: signed(7, 64),
  i128: signed(8, 128),
  u8: unsigned(9, 8),
  u16: unsigned(10, 16),
  u32: unsigned(11, 32),
  u64: unsigned(12, 64),
  u128: unsigned(13, 128),
  scalar: { variant: 14, bits: 251, least: 0n, limit: subgroupOrder },
};

/** The literal's value as a number, a boolean as 0 or 1. @throws RangeError if its type has no such value. */
export function numberOf(literal: Literal): bigint {
  const value = BigInt(literal.value);
  const { least, limit } = literalTypes[literal.type];
  if (value >= least && value < limit) return value;
  throw new RangeError(`the value is out of the range of ${literal.type}`);
}
