import { randomBytes } from "node:crypto";
import { challengeOf } from "./challenge.ts";
import { connectKeeper, daemonStops } from "./connectKeeper.ts";
import type { KeeperProcess } from "./conversation.ts";
import { type AnyKeyPlan, isSealedPlan } from "./keyPlan.ts";
import { type SpawnOptions, spawnKeeper } from "./spawnKeeper.ts";
import { verifiedSignature } from "./verifiedSignature.ts";

export interface LaunchOptions extends SpawnOptions {
  /** Path of a supervisor's socket; without it the keeper is a child of this process. */
  readonly socket?: string;
  /** All in one token. */
  readonly keys: readonly AnyKeyPlan[];
  /** Absolute. */
  readonly stateFolder: string;
  /** Milliseconds that one signature may take. */
  readonly callDeadlineMs: number;
}

/** What a device states about a key: its attributes, and the ledgers that it belongs to. */
export interface KeyStatement {
  readonly attributes: Readonly<Record<string, string>>;
  readonly ledgers: readonly string[];
  /** Whether the device has a place for a ledger's id. */
  readonly bindable: boolean;
}

/** A keeper whose keys were all checked and proven. */
export interface LaunchedKeeper {
  readonly process: KeeperProcess;
  /** Key name → what the device states about it. */
  readonly statements: ReadonlyMap<string, KeyStatement>;
}

/** Milliseconds that a keeper may take to open its keys; a device on a network logs in slowly. */
export const openDeadline = 30_000;

/**
 * Starts a keeper, has it open and check its keys, and challenges each one.
 *
 * @param signal ends the keeper, also while it starts.
 * @throws AttestorError what the keystore's `open` throws, `wrong_signature`, `keeper_unavailable`; no process is left.
 */
export async function launchKeeper(options: LaunchOptions, signal: AbortSignal): Promise<LaunchedKeeper> {
  const process = await startProcess(options, signal);
  const stop = () => process.kill(daemonStops);
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) stop();
    const { keys, sessions, stateFolder, callDeadlineMs } = options;
    const specs = keys.map(({ spec }) => spec);
    const opened = await process.call("open", { keys: specs, sessions, stateFolder, callDeadlineMs }, openDeadline);
    for (const key of keys) await proveKey(process, key, callDeadlineMs);
    options.logger.info({ keeper: process.pid, keys: keys.map(({ name }) => name) }, "the keeper is up");
    return { process, statements: new Map(opened.keys.map(({ name, ...stated }) => [name, stated])) };
  } catch (error) {
    process.kill("it could not start");
    await process.ended;
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function startProcess(
  { socket, ...options }: LaunchOptions,
  signal: AbortSignal,
): Promise<KeeperProcess> | KeeperProcess {
  if (socket === undefined) return spawnKeeper({ ...options, sealed: options.keys.some(isSealedPlan) });
  return connectKeeper({ socket, logger: options.logger, deadline: openDeadline, signal });
}

/**
 * Challenges a key: the keeper signs a random nonce under the possession domain, and the signature must be by the
 * pinned key. This proves at once login, key, curve, mechanism and that public and private object belong together.
 *
 * @throws AttestorError `wrong_signature`, or what the keeper answers.
 */
export async function proveKey(process: KeeperProcess, key: AnyKeyPlan, deadline: number): Promise<void> {
  const nonce = randomBytes(32);
  const { signature } = await process.call("prove", { key: key.name, nonce: `0x${nonce.toString("hex")}` }, deadline);
  verifiedSignature(key, signature, challengeOf(key, nonce));
}
