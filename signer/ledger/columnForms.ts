/** A decimal integer in its one spelling, of at most `digits` digits. */
export const decimal = (column: string, digits: number) =>
  `(length(${column}) BETWEEN 1 AND ${digits} AND ${column} NOT GLOB '*[^0-9]*' AND (${column} = '0' OR ${column} NOT GLOB '0*'))`;

/** `0x` and exactly `bytes` bytes of lower-case hex. */
export const hex = (column: string, bytes: number) =>
  `(length(${column}) = ${2 + 2 * bytes} AND ${column} GLOB '0x*' AND substr(${column}, 3) NOT GLOB '*[^0-9a-f]*')`;

/** A u64 in 20 digits, so that text sorts as numbers do. */
export const padded = (column: string) =>
  `(length(${column}) = 20 AND ${column} NOT GLOB '*[^0-9]*' AND ${column} <= '18446744073709551615')`;

/** An Aleo field as text. */
export const field = (column: string) =>
  `(length(${column}) <= 81 AND ${column} GLOB '*field' AND ${decimal(`substr(${column}, 1, length(${column}) - 5)`, 76)})`;

/** A signature by an Aleo account: 128 bytes in bech32m. */
export const accountSignature = (column: string) =>
  `(length(${column}) = 216 AND ${column} GLOB 'sign1*' AND ${column} NOT GLOB '*[^0-9a-z]*')`;
