import {
  Contract,
  type ContractTransactionResponse,
  Interface,
  MaxUint256,
  type NonceManager,
  type TransactionReceipt,
} from "ethers";
import type { Artifacts } from "./compileContracts.ts";
import type { DeployedSide } from "./deployLocal.ts";
import { receiptOf } from "./receipts.ts";

/** Given by hand, for the same reason as at deployment: the approval is not mined when the transfer is sent. */
const callGas = 500_000n;

export interface Transfer {
  /**
   * A funded account of the side's chain. A sender of several transfers uses one NonceManager for all of them, also at
   * the same time: ethers answers a repeated nonce question from a cache, so two managers would reuse a nonce.
   */
  readonly sender: NonceManager;
  /** In the token's smallest unit; any uint256, also beyond the u128 that attestors accept. */
  readonly amount: bigint;
  /** Goes into the packet as it is written. */
  readonly receiver: string;
}

export interface Dispatch {
  readonly sequence: bigint;
  readonly transactionHash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  /** The block's timestamp, Unix seconds. */
  readonly dispatchedAt: number;
}

/** Mints the sender what it needs, approves and transfers; returns when the packet's block exists. */
export async function sendTransfer(artifacts: Artifacts, side: DeployedSide, transfer: Transfer): Promise<Dispatch> {
  const { sender, amount, receiver } = transfer;
  const token = new Contract(side.token, artifacts.TestToken.abi, sender);
  const tokenService = new Contract(side.tokenService, artifacts.TokenService.abi, sender);
  const send = async (
    contract: Contract,
    method: string,
    ...parameters: unknown[]
  ): Promise<ContractTransactionResponse> => contract.getFunction(method).send(...parameters, { gasLimit: callGas });

  // One after the other, so that their nonces have this order. Approving everything keeps transfers of one sender that
  // run at the same time from overwriting each other's allowance.
  const mint = await send(token, "mint", await sender.getAddress(), amount);
  const approval = await send(token, "approve", side.tokenService, MaxUint256);
  const dispatch = await send(tokenService, "transfer", side.token, amount, receiver);
  const [, , receipt] = await Promise.all([
    receiptOf(mint, "mint"),
    receiptOf(approval, "approve"),
    receiptOf(dispatch, "transfer"),
  ]);

  const block = await receipt.getBlock();
  return {
    sequence: dispatchedSequence(artifacts, side, receipt),
    transactionHash: receipt.hash,
    blockNumber: receipt.blockNumber,
    blockHash: receipt.blockHash,
    dispatchedAt: block.timestamp,
  };
}

function dispatchedSequence(artifacts: Artifacts, side: DeployedSide, receipt: TransactionReceipt): bigint {
  const events = new Interface(artifacts.AttestedBridge.abi);
  const log = receipt.logs.find(({ address }) => address === side.bridge);
  const event = log && events.parseLog(log);
  if (!event) throw new Error(`Transaction ${receipt.hash} dispatched no packet`);
  return event.args.packet.sequence as bigint;
}
