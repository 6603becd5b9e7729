import type { Clock } from "../../shared/clock/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import { type Board, chainSubject } from "../board.ts";
import type { ChainConfig } from "../config.ts";
import { sourcesOf } from "../providers.ts";
import type { Chain } from "../source/index.ts";
import type { KeptBlock, Store } from "../store/index.ts";

export interface ChainStopParts {
  readonly store: Store;
  readonly board: Board;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Stops a chain and with it every route there, also across restarts, until a person has looked and resumes it. */
export function stopChain(
  { store, board, clock, logger }: ChainStopParts,
  { name, chainId }: Pick<ChainConfig, "name" | "chainId">,
  what: string,
  evidence: object,
): void {
  const reason = `change below finality: ${what}`;
  if (!store.chains.stop(chainId.toString(), reason, evidence, clock.now())) return;
  board.report(chainSubject(name), "stopped", reason);
  logger.error({ alarm: true, chain: name, reason, evidence }, "stopped a chain");
}

/** Whether a final block is the one that was kept of this height; where it is not, the chain is stopped. */
export function isSame(
  { config, chain }: { readonly config: ChainConfig; readonly chain: Pick<Chain, "providers"> },
  kept: KeptBlock,
  hash: string,
  parts: ChainStopParts,
): boolean {
  if (kept.hash === hash) return true;
  stopChain(parts, config, `block ${kept.height} has another hash than when it became final`, {
    kept,
    served: { height: kept.height, hash },
    sources: sourcesOf(config),
    providers: chain.providers(),
  });
  return false;
}
