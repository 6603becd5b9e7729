/**
 * Values of the Aleo VM, built from typed parts: no text is put together and parsed again, so no field's content can
 * become another field.
 */
export type Plaintext = Literal | Struct | List;

export type Literal =
  | { readonly kind: "literal"; readonly type: "boolean"; readonly value: boolean }
  | { readonly kind: "literal"; readonly type: NumberType; readonly value: bigint };

/** Its members' order and names are part of what is hashed. */
export interface Struct {
  readonly kind: "struct";
  readonly members: readonly Member[];
}
export type Member = readonly [name: string, value: Plaintext];

/** What Aleo calls an array. */
export interface List {
  readonly kind: "list";
  readonly elements: readonly Plaintext[];
}

const integerTypes = ["i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64", "u128"] as const;

/** Literal types whose value is a number: of an `address` and a `group` it is the x-coordinate. */
export const numberTypes = ["address", "field", "group", "scalar", ...integerTypes] as const;
export type NumberType = (typeof numberTypes)[number];

export function number(type: NumberType, value: bigint | number): Literal {
  return { kind: "literal", type, value: BigInt(value) };
}

export function boolean(value: boolean): Literal {
  return { kind: "literal", type: "boolean", value };
}

export function struct(...members: readonly Member[]): Struct {
  return { kind: "struct", members };
}

export function list(elements: readonly Plaintext[]): List {
  return { kind: "list", elements };
}

/** Bytes as Aleo holds them: `[u8; n]`. */
export function byteList(bytes: Uint8Array): List {
  return list(Array.from(bytes, (byte) => number("u8", byte)));
}
