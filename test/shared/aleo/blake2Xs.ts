const initial = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const schedule = [
  ...["0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d"],
  ...["2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0"],
].map((round) => Array.from(round, (digit) => Number.parseInt(digit, 16)));
const columnsAndDiagonals = [
  ...[[0, 4, 8, 12] as const, [1, 5, 9, 13] as const, [2, 6, 10, 14] as const, [3, 7, 11, 15] as const],
  ...[[0, 5, 10, 15] as const, [1, 6, 11, 12] as const, [2, 7, 8, 13] as const, [3, 4, 9, 14] as const],
];

/** BLAKE2s (RFC 7693) with a parameter block of one's own, which libraries do not offer; without a key. */
export function blake2s(parameters: Uint8Array, message: Uint8Array): Uint8Array {
  const words = new DataView(parameters.buffer, parameters.byteOffset, 32);
  const state = Uint32Array.from(initial, (word, index) => word ^ words.getUint32(4 * index, true));
  const blocks = Math.max(1, Math.ceil(message.length / 64));
  for (let index = 0; index < blocks; index++) {
    const isLast = index === blocks - 1;
    const block = new Uint8Array(64);
    block.set(message.subarray(64 * index, 64 * index + 64));
    compress(state, block, isLast ? message.length : 64 * (index + 1), isLast);
  }
  return new Uint8Array(state.buffer).slice(0, parameters[0]);
}

function compress(state: Uint32Array, block: Uint8Array, count: number, isLast: boolean): void {
  const view = new DataView(block.buffer);
  const message = Array.from({ length: 16 }, (_, index) => view.getUint32(4 * index, true));
  const v = Uint32Array.of(...state, ...initial);
  const at = (index: number) => v[index] ?? 0;
  v[12] = at(12) ^ count;
  if (isLast) v[14] = ~at(14);
  for (const order of schedule) {
    for (const [step, [a, b, c, d]] of columnsAndDiagonals.entries()) {
      for (const [half, turnD, turnB] of [[0, 16, 12] as const, [1, 8, 7] as const]) {
        v[a] = at(a) + at(b) + (message[order[2 * step + half] ?? 0] ?? 0);
        v[d] = turn(at(d) ^ at(a), turnD);
        v[c] = at(c) + at(d);
        v[b] = turn(at(b) ^ at(c), turnB);
      }
    }
  }
  for (let index = 0; index < 8; index++) state[index] = (state[index] ?? 0) ^ at(index) ^ at(index + 8);
}

function turn(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bytes of BLAKE2Xs: a hash of the hash, in which node offset 0 carries the length of the whole output. */
export function blake2Xs32(personalization: string, message: Uint8Array): Uint8Array {
  const block = (parts: Readonly<Record<number, number>>) => {
    const parameters = new Uint8Array(32);
    for (const [at, byte] of Object.entries(parts)) parameters[Number(at)] = byte;
    parameters.set(Buffer.from(personalization), 24);
    return parameters;
  };
  const [digestLength, fanout, depth, leafLength, outputLength, innerLength] = [0, 2, 3, 4, 12, 15] as const;
  const root = blake2s(block({ [digestLength]: 32, [fanout]: 1, [depth]: 1, [outputLength]: 32 }), message);
  return blake2s(block({ [digestLength]: 32, [leafLength]: 32, [outputLength]: 32, [innerLength]: 32 }), root);
}
