import type { Packet } from "../../shared/packet/index.ts";

export const aleoService = "aleo1fg8y0ax9g0yhahrknngzwxkpcf7ejy3mm6cent4mmtwew5ueps8s6jzl27";
export const evmService = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
export const evmBridge = "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4";
export const someone = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

/** The routes' chains: Aleo is the source, so that both spellings of an address are at work. */
export const aleoChain = 6694886634401n;
export const evmChain = 27234042785n;

/** A packet that the collector under test takes. */
export function packet(sequence: bigint | number, changes: Partial<Packet> = {}): Packet {
  return {
    version: 1,
    sequence: BigInt(sequence),
    source: { chainId: aleoChain, address: aleoService },
    destination: { chainId: evmChain, address: evmService },
    message: {
      senderAddress: aleoService,
      destTokenAddress: evmBridge,
      amount: 340282366920938463463374607431768211455n, // the largest u128
      receiverAddress: someone,
    },
    height: 100n,
    ...changes,
  };
}
