import { assembleModule, instantiate } from "../wasm/index.ts";
import { absorbFunction, rateBytes, stateBytes } from "./absorbCode.ts";

const pageBytes = 65_536;
const digestBytes = 32;

/** As many whole blocks as the memory holds beside the state. */
const roomBytes = Math.floor((pageBytes - stateBytes) / rateBytes) * rateBytes;

const { memory, absorb } = instantiate<{ absorb(state: number, block: number): void }>(
  assembleModule([absorbFunction()], 1),
);
const state = new Uint8Array(memory.buffer, 0, stateBytes);
const message = new Uint8Array(memory.buffer, stateBytes);

/**
 * keccak256 as Ethereum uses it: Keccak[512] with the padding from before FIPS 202, whose first byte is 0x01 and not 0x06.
 *
 * In WebAssembly, because it has 64-bit integers: JavaScript's arithmetic in halves of them takes 7 times as long. OpenSSL has
 * this hash, but not as Node builds it.
 *
 * @param data of any length; nothing of it is secret: the memory is not cleared.
 * @returns 32 bytes of their own.
 */
export function keccak256(data: Uint8Array): Uint8Array {
  state.fill(0);
  let at = 0;
  while (data.length - at >= roomBytes) {
    message.set(data.subarray(at, at + roomBytes));
    absorbBlocks(roomBytes);
    at += roomBytes;
  }
  const rest = data.length - at;
  const padded = rest - (rest % rateBytes) + rateBytes;
  message.set(at === 0 ? data : data.subarray(at));
  message.fill(0, rest, padded);
  message[rest] = 0x01;
  message[padded - 1] = (message[padded - 1] ?? 0) | 0x80;
  absorbBlocks(padded);
  return state.slice(0, digestBytes);
}

function absorbBlocks(bytes: number): void {
  for (let at = 0; at < bytes; at += rateBytes) absorb(0, stateBytes + at);
}
