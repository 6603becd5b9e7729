import { mkdtempSync } from "node:fs";
import path from "node:path";
import { type Keeper, type KeeperOptions, type KeySpec, startKeeper } from "../../../hsm/index.ts";
import { createLogger, type Logger } from "../../../shared/log/index.ts";
import type { SoftHsm } from "../../support/softhsm.ts";

/** A logger whose lines a test can read. */
export interface Recorded {
  readonly logger: Logger;
  readonly lines: readonly Record<string, unknown>[];
  text(): string;
}

export function recordLog(): Recorded {
  const texts: string[] = [];
  const lines: Record<string, unknown>[] = [];
  const write = (text: string) => {
    texts.push(text);
    lines.push(JSON.parse(text) as Record<string, unknown>);
  };
  return { logger: createLogger({ service: "test", level: "debug" }, { write }), lines, text: () => texts.join("") };
}

/** The key at that place of the token, for destination 1. */
export function specOf(hsm: SoftHsm, index: number, changes: Partial<KeySpec> = {}): KeySpec {
  const key = hsm.keys[index];
  if (!key) throw new Error(`the token has no key ${index}`);
  const { label: name, uri, publicKey } = key;
  return { name, uri, publicKey, scheme: "verulink-evm", deployment: "demo", destination: 1n, ...changes };
}

export interface TestKeeper extends Keeper, Recorded {
  readonly stateFolder: string;
  /** Process ids of the keepers that came up, in order. */
  pids(): readonly number[];
}

/** Starts a keeper for the token's keys with its own state folder inside the token's. */
export async function keeperOf(
  hsm: SoftHsm,
  changes: Partial<Omit<KeeperOptions, "logger">> = {},
  recorded = recordLog(),
): Promise<TestKeeper> {
  const stateFolder = changes.stateFolder ?? mkdtempSync(path.join(hsm.folder, "state-"));
  const keeper = await startKeeper({
    keys: hsm.keys.map((_, index) => specOf(hsm, index)),
    stateFolder,
    sessions: 2,
    callDeadlineMs: 5_000,
    logger: recorded.logger,
    environment: hsm.env,
    ...changes,
  });
  const pids = () => recorded.lines.flatMap(({ keeper: pid }) => (typeof pid === "number" ? [pid] : []));
  return { ...keeper, ...recorded, stateFolder, pids };
}

/** The only process id so far. */
export function lastPid(keeper: TestKeeper): number {
  const pid = keeper.pids().at(-1);
  if (pid === undefined) throw new Error("no keeper came up");
  return pid;
}
