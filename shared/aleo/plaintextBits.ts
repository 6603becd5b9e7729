import { type Bits, BitWriter } from "./bits.ts";
import { isIdentifier, maxDepth, maxElements, maxMembers } from "./limits.ts";
import { literalTypes, numberOf } from "./literalTypes.ts";
import type { List, Literal, Plaintext, Struct } from "./plaintext.ts";

/** The two bits that tell a literal from a struct from an array, the first one lowest. */
const tags = { literal: 0b00, struct: 0b10, list: 0b01 } as const;

/**
 * The tagged bits of a value, which are what `hash.bhp256` and `sign.verify` see: types, names, order and lengths
 * are in them, so two different values never have the same bits.
 *
 * @throws RangeError if the value is none that the VM could hold.
 */
export function plaintextBits(value: Plaintext): Bits {
  const writer = new BitWriter();
  writeValue(writer, value, 0);
  return writer.finish();
}

function writeValue(writer: BitWriter, value: Plaintext, depth: number): void {
  if (depth >= maxDepth && value.kind !== "literal") throw new RangeError(`more than ${maxDepth} levels are nested`);
  writer.write(tags[value.kind], 2);
  if (value.kind === "literal") writeLiteral(writer, value);
  else if (value.kind === "struct") writeMembers(writer, value, depth);
  else writeElements(writer, value, depth);
}

function writeLiteral(writer: BitWriter, literal: Literal): void {
  const { variant, bits } = literalTypes[literal.type];
  writer.write(variant, 8);
  writer.write(bits, 16);
  writer.writeBig(BigInt.asUintN(bits, numberOf(literal)), bits);
}

function writeMembers(writer: BitWriter, { members }: Struct, depth: number): void {
  requireCount(members.length, maxMembers, "members");
  if (new Set(members.map(([name]) => name)).size < members.length) throw new RangeError("two members have one name");
  writer.write(members.length, 8);
  for (const [name, value] of members) {
    if (!isIdentifier(name)) throw new RangeError("a member's name is no Aleo identifier");
    writer.write(name.length * 8, 8);
    for (let index = 0; index < name.length; index++) writer.write(name.charCodeAt(index), 8);
    writeSized(writer, value, depth);
  }
}

function writeElements(writer: BitWriter, { elements }: List, depth: number): void {
  requireCount(elements.length, maxElements, "elements");
  writer.write(elements.length, 32);
  for (const element of elements) writeSized(writer, element, depth);
}

/** A part of a value, behind the number of its bits. */
function writeSized(writer: BitWriter, value: Plaintext, depth: number): void {
  const at = writer.reserve(16);
  const before = writer.length;
  writeValue(writer, value, depth + 1);
  const size = writer.length - before;
  if (size >= 1 << 16) throw new RangeError("a part of the value takes more than 65535 bits");
  writer.fill(at, size, 16);
}

function requireCount(count: number, most: number, what: string): void {
  if (count < 1 || count > most) throw new RangeError(`a value needs 1 to ${most} ${what}`);
}
