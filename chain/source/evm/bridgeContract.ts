import { Interface } from "ethers";
import { AttestorError } from "../../../shared/errors/index.ts";
import { bridgeAbi } from "../../../shared/evm/index.ts";
import { heightParameter, hexData, type LogAnswer } from "./answers.ts";
import { type EvmRpc, isRevert } from "./rpc.ts";

const abi = new Interface(bridgeAbi);

/** Reads of one bridge contract, shared by the side that dispatches and the side that consumes. */
export interface BridgeContract {
  /**
   * Calls a view function that has one result.
   *
   * @returns undefined where there was no code at that height.
   * @throws AttestorError `contract_mismatch` if the contract refuses the call or answers something else.
   */
  read(method: string, parameters: readonly unknown[], height: number): Promise<unknown>;
  /** The logs with that topic in the blocks `from` to `to`, in chain order. */
  logs(topic: string, from: number, to: number): Promise<LogAnswer[]>;
  /** Looks whether the contract is there at that height and is connected to the chain that the route says. */
  check(otherChainId: bigint, height: number): Promise<void>;
}

export function createBridgeContract(rpc: EvmRpc, address: string): BridgeContract {
  const mismatch = (reason: string) =>
    new AttestorError("contract_mismatch", { chain: rpc.chain, reason: `the contract at ${address} ${reason}` });

  async function read(method: string, parameters: readonly unknown[], height: number) {
    const call = { to: address, data: abi.encodeFunctionData(method, [...parameters]) };
    try {
      const answer = await rpc.request("eth_call", [call, heightParameter(height)], hexData, height);
      return answer === "0x" ? undefined : abi.decodeFunctionResult(method, answer)[0];
    } catch (error) {
      if (error instanceof AttestorError && !isRevert(error)) throw error;
      throw mismatch(`does not answer ${method}() as a bridge does`);
    }
  }

  return {
    read,
    logs: (topic, from, to) => rpc.logs({ address, topic }, from, to),
    async check(otherChainId, height) {
      const code = await rpc.request("eth_getCode", [address, heightParameter(height)], hexData, height);
      if (code === "0x") throw mismatch("has no code: correct the address");
      const other = await read("destinationChainId", [], height);
      if (other !== otherChainId) {
        throw mismatch(`is connected to chain ${other}, the route says ${otherChainId}: correct the address`);
      }
    },
  };
}
