import { setTimeout as pause } from "node:timers/promises";
import type { TransactionReceipt, TransactionResponse } from "ethers";

const pollMilliseconds = 100;
const deadlineMilliseconds = 60_000;

/**
 * Waits until a transaction is in a block. Unlike ethers' `wait()` it does not depend on the provider's polling
 * interval, 4 s unless told otherwise. Throws, naming `purpose`, when the transaction reverted or stays out for 60 s.
 */
export async function receiptOf(transaction: TransactionResponse, purpose: string): Promise<TransactionReceipt> {
  const deadline = performance.now() + deadlineMilliseconds;
  while (performance.now() < deadline) {
    const receipt = await transaction.provider.getTransactionReceipt(transaction.hash);
    if (receipt?.status === 0) throw new Error(`${purpose}: transaction ${transaction.hash} reverted`);
    if (receipt) return receipt;
    await pause(pollMilliseconds);
  }
  throw new Error(`${purpose}: transaction ${transaction.hash} is in no block after ${deadlineMilliseconds / 1000} s`);
}
