import type { Clock } from "../../shared/clock/index.ts";
import type { Hex } from "../../shared/digest/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { prepared } from "../state/prepared.ts";
import type { SignerState } from "../state/state.ts";
import { denialPeriod, denialsAreDue, recordDenialCounts } from "./denials.ts";

/** What a signer starts with. */
export interface StartFacts {
  /** Version of the policy. */
  readonly policy: string;
  readonly policyHash: Hex;
  readonly keys: Iterable<{ readonly name: string; readonly address: string }>;
}

const statements = prepared((database) => ({
  latest: database.prepare<[], { kind: string }>(
    "SELECT kind FROM audit WHERE kind IN ('start', 'stop') ORDER BY sequence DESC LIMIT 1",
  ),
}));

/** Records a start, and before it the counts that a crash left behind. */
export function recordStart(state: SignerState, { policy, policyHash, keys }: StartFacts): Promise<void> {
  const addresses = Object.fromEntries([...keys].map(({ name, address }) => [name, address]));
  return state.decide((transaction) => {
    const afterCrash = statements(transaction.database).latest.get()?.kind === "start";
    recordDenialCounts(transaction, 0);
    transaction.record({ kind: "start", body: { ledger: state.id, policy, policyHash, keys: addresses, afterCrash } });
  });
}

/** Records an orderly stop, and before it every count; the next start takes a missing one for a crash. */
export async function recordStop(state: SignerState, logger: Logger): Promise<void> {
  try {
    await state.decide((transaction) => {
      recordDenialCounts(transaction, 0);
      transaction.record({ kind: "stop", body: {} });
    });
  } catch (error) {
    logger.error({ err: error }, "the stop cannot be recorded");
  }
}

/** Records counts of denials when their minute is over, also when nobody asks any more. */
export function keepDenialCounts(parts: {
  readonly state: SignerState;
  readonly clock: Clock;
  readonly logger: Logger;
}): AsyncDisposable {
  const stopping = new AbortController();
  const ended = keepCounts(parts, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
    },
  };
}

async function keepCounts(
  { state, clock, logger }: Parameters<typeof keepDenialCounts>[0],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(denialPeriod / 4, signal);
    try {
      if (state.read((database) => denialsAreDue(database, clock.now()))) {
        await state.decide((transaction) => recordDenialCounts(transaction));
      }
    } catch (error) {
      logger.error({ err: error }, "counts of denials cannot be recorded now");
    }
  }
}
