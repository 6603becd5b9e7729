import type { Packet } from "../../../shared/packet/index.ts";

/** The bridge's number for Aleo in the tests, as in Verulink. */
export const aleoChain = 6694886634401n;
/** The bridge's number for the other end. */
export const evmChain = 27234042785n;

export const evmService = "0x28E761500e7Fd17b5B0A21a1eAD29a8E22D73170";
export const evmToken = "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48";
export const evmUser = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
export const aleoToken = "5595373416687012447808431171621112175713243308139308694591328825799485714900field";

/** A packet from the EVM side to a service on Aleo, which pays that receiver. */
export function inPacket(
  service: string,
  receiver: string,
  sequence: bigint,
  changes: Partial<Packet["message"]> = {},
): Packet {
  return {
    version: 1,
    sequence,
    source: { chainId: evmChain, address: evmService },
    destination: { chainId: aleoChain, address: service },
    message: {
      senderAddress: evmUser,
      destTokenAddress: aleoToken,
      amount: 102n,
      receiverAddress: receiver,
      ...changes,
    },
    height: 55n,
  };
}
