import { z } from "zod";
import { list } from "../../../shared/schema/index.ts";

/** Shapes of JSON-RPC answers (Ethereum JSON-RPC specification, "execution-apis"), strict in what we use of them. */

const hexText = (pattern: RegExp, what: string) =>
  z.string({ error: `must be ${what}` }).regex(pattern, { error: `must be ${what}` });

/** Bytes of any number. A pattern that repeats a group would run out of stack on an answer of some megabytes. */
export const hexData = hexText(/^0x[0-9a-f]*$/i, "hex bytes")
  .refine((text) => text.length % 2 === 0, { error: "must be hex bytes" })
  .transform((text) => text.toLowerCase());
const hash = hexText(/^0x[0-9a-f]{64}$/i, "a 32-byte hash").transform((text) => text.toLowerCase());
const address = hexText(/^0x[0-9a-f]{40}$/i, "an address").transform((text) => text.toLowerCase());

/** An integer as `0x` and hex digits. */
export const quantity = hexText(/^0x[0-9a-f]{1,64}$/i, "a quantity").transform((text) => BigInt(text));

/** A quantity that counts blocks, seconds or positions. */
const smallQuantity = hexText(/^0x[0-9a-f]{1,13}$/i, "a small quantity").transform((text) => Number(text));

export const blockAnswer = z.object({ number: smallQuantity, hash, parentHash: hash, timestamp: smallQuantity });

/** What a log instruction of the EVM can take. */
const mostTopics = 4;

const logAnswer = z.object({
  address,
  topics: list(hash, mostTopics),
  data: hexData,
  blockNumber: smallQuantity,
  blockHash: hash,
  transactionHash: hash,
  logIndex: smallQuantity,
});
export type LogAnswer = z.output<typeof logAnswer>;
export const logsAnswer = list(logAnswer);

export const receiptAnswer = z.object({ status: smallQuantity, blockHash: hash, logs: logsAnswer });

/** What a node says about what it may not know. */
export const blockOrNothing = blockAnswer.nullable();
export const receiptOrNothing = receiptAnswer.nullable();

/** A block or height as a JSON-RPC parameter. */
export function heightParameter(height: number): string {
  return `0x${height.toString(16)}`;
}
