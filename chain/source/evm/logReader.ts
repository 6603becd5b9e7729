import type { AttestorError } from "../../../shared/errors/index.ts";
import { heightParameter, type LogAnswer, logsAnswer } from "./answers.ts";
import { type EvmRpc, mayBeTooLarge } from "./rpc.ts";

/** Reads without a fault after which a provider is asked for larger ranges again. */
const readsUntilLarger = 50;

/**
 * Reads logs from one provider in ranges as large as it takes: halved when it refuses one, doubled again after a while.
 * A provider that cuts a list short without saying so is found out by the others and by the contract's counter.
 *
 * @param maximum most blocks in one request.
 */
export function createLogReader(
  request: EvmRpc["request"],
  unusable: (reason: string) => AttestorError,
  maximum: number,
): EvmRpc["logs"] {
  let span = maximum;
  let reads = 0;

  async function readRange({ address, topic }: Parameters<EvmRpc["logs"]>[0], from: number, to: number) {
    const filter = { address, topics: [topic], fromBlock: heightParameter(from), toBlock: heightParameter(to) };
    const logs: LogAnswer[] = await request("eth_getLogs", [filter], logsAnswer);
    for (const log of logs) {
      const asked = log.address === address.toLowerCase() && log.topics[0] === topic;
      if (!asked || log.blockNumber < from || log.blockNumber > to) {
        throw unusable("eth_getLogs: a log that was not asked for");
      }
    }
    return logs.sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
  }

  return async (filter, from, to) => {
    const found: LogAnswer[] = [];
    const spanBefore = span;
    for (let start = from; start <= to; ) {
      const end = Math.min(start + span - 1, to);
      try {
        found.push(...(await readRange(filter, start, end)));
        start = end + 1;
        reads += 1;
        if (reads % readsUntilLarger === 0) span = Math.min(span * 2, maximum);
      } catch (error) {
        if (!mayBeTooLarge(error) || end === start) {
          span = spanBefore; // the size was not what it minded
          throw error;
        }
        span = Math.ceil((end - start + 1) / 2);
        reads = 0;
      }
    }
    return found;
  };
}
