import type { Keeper } from "../../hsm/index.ts";
import type { Clock } from "../../shared/clock/index.ts";
import { AttestorError, faultText } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { SignerState } from "../state/state.ts";
import { chainHead } from "./chain.ts";
import { isSignedBy, type SignedCheckpoint } from "./checkpoint.ts";
import { type CheckpointFile, openCheckpointFile } from "./checkpointFile.ts";
import { checkpointsAfter, insertCheckpoint, latestCheckpoint } from "./checkpointTable.ts";

export interface CheckpointerParts {
  readonly state: SignerState;
  readonly keeper: Pick<Keeper, "checkpoint">;
  /** The audit key. */
  readonly key: { readonly name: string; readonly address: string };
  readonly file: string;
  /** A checkpoint is made when this many records came since the last one … */
  readonly records: number;
  /** … and when any came and so much time has passed, in milliseconds. */
  readonly interval: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Between two looks whether a checkpoint is due, in milliseconds. */
const lookInterval = 1_000;
/** Longest that the last checkpoint may hold up a stop, in milliseconds. */
const lastDeadline = 2_000;
/** How many checkpoints are appended to the file at a time. */
const linesAtOnce = 1_000;

/**
 * Signs where the audit chain stands, as a task of its own: decisions never wait for it, and a checkpoint that cannot be
 * signed or written now is made later. Ends with a last one.
 *
 * @throws AttestorError `setup_needed` if the checkpoint file is of another ledger or knows more than this one: then the
 * database is an older copy, and signing with it could sign again.
 */
export function keepCheckpoints(parts: CheckpointerParts): AsyncDisposable {
  const file = openCheckpointFile(parts.file);
  refuseOlderLedger(parts, file);
  const stopping = new AbortController();
  const task = { parts, file, trouble: createTrouble(parts.logger, parts.file) };
  const ended = keep(task, stopping.signal);
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
      const enough = new AbortController();
      await Promise.race([attempt(task, true), parts.clock.sleep(lastDeadline, enough.signal)]);
      enough.abort();
    },
  };
}

interface Task {
  readonly parts: CheckpointerParts;
  readonly file: CheckpointFile;
  readonly trouble: Trouble;
}

async function keep(task: Task, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await attempt(task, false);
    await task.parts.clock.sleep(lookInterval, signal);
  }
}

interface Trouble {
  begins(error: unknown): void;
  ends(): void;
}

/** Logs a reason once for as long as it lasts: at every look it would bury what else the journal holds of an outage. */
function createTrouble(logger: Logger, file: string): Trouble {
  let told: string | undefined;
  return {
    begins(error) {
      const reason = error instanceof AttestorError ? error.message : faultText(error);
      if (reason === told) return;
      told = reason;
      logger.error({ err: error, file, reason }, "a checkpoint of the audit chain cannot be made now");
    },
    ends() {
      if (told === undefined) return;
      told = undefined;
      logger.info("checkpoints of the audit chain are made again");
    },
  };
}

function isDue({ state, records, interval, clock }: CheckpointerParts): boolean {
  const latest = latestCheckpoint(state);
  const news = state.read(chainHead).size - (latest?.size ?? 0);
  return news >= records || (news > 0 && Math.abs(clock.now() - (latest?.atMs ?? 0)) >= interval);
}

/** Makes a checkpoint if one is due, or at the end if there is any news, and sees to it that the file has every one. */
async function attempt({ parts, file, trouble }: Task, last: boolean): Promise<void> {
  try {
    if (last || isDue(parts)) await makeCheckpoint(parts);
    await writeMissing(parts.state, file);
    trouble.ends();
  } catch (error) {
    trouble.begins(error);
  }
}

async function makeCheckpoint({ state, keeper, key, clock }: CheckpointerParts): Promise<void> {
  const { size, head } = state.read(chainHead);
  if (size === latestCheckpoint(state)?.size) return;
  const checkpoint = { ledger: state.id, size, head, atMs: clock.now() };
  const signature = await keeper.checkpoint({ key: key.name, ...checkpoint });
  await state.decide(({ database }) => insertCheckpoint(database, { ...checkpoint, signer: key.address, signature }));
}

/** The database has every checkpoint; the file gets what it does not have yet. */
async function writeMissing(state: SignerState, file: CheckpointFile): Promise<void> {
  for (;;) {
    const missing = checkpointsAfter(state, file.latest()?.size ?? 0, linesAtOnce);
    if (missing.length === 0) return;
    await file.append(missing);
  }
}

function refuseOlderLedger({ state, key, file: name }: CheckpointerParts, file: CheckpointFile): void {
  const latest = file.latest();
  if (!latest) return;
  const problem = problemOf(state, latest, key.address);
  if (problem) throw new AttestorError("setup_needed", { reason: `audit.checkpoints: ${name} ${problem}` });
}

function problemOf(state: SignerState, latest: SignedCheckpoint, address: string): string | undefined {
  if (latest.ledger !== state.id) return `is of ledger ${latest.ledger}, and this is ${state.id}; move it away`;
  if (!isSignedBy(latest, address)) return "ends with a checkpoint that the audit key did not sign; move it away";
  const head = state.read((database) =>
    database.prepare<[number], { hash: string }>("SELECT hash FROM audit WHERE sequence = ?").get(latest.size),
  );
  if (head?.hash === latest.head) return undefined;
  return `vouches for ${latest.size} records that the ledger does not have: the ledger was replaced by an older copy. Restore the newest one`;
}
