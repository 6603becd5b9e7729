import { AttestorError, type ErrorData, isAttestorError } from "../../shared/errors/index.ts";
import { chainSubject } from "../board.ts";
import type { ChainConfig } from "../config.ts";
import type { Chain, Heads } from "../source/index.ts";
import { descends, isStopped } from "./descent.ts";
import { markDue } from "./due.ts";
import { finalize } from "./finalize.ts";
import { findRequested } from "./findRequested.ts";
import { observe } from "./observe.ts";
import { type RouteContext, reportRoute } from "./routeContext.ts";
import type { ChainStopParts } from "./stopChain.ts";

/** A chain and what is known about it now. */
export interface WatchedChain {
  readonly config: ChainConfig;
  readonly chain: Chain;
  /** The newest heads; undefined while no quorum answers usably. */
  heads: Heads | undefined;
  /** Whether the quorum has served the configuration's anchor since the start. */
  anchored: boolean;
}

/**
 * Asks the chain for its heads and believes them if they continue what is kept of the chain. After each failure the chain
 * id is probed again: an address may lead to another node.
 *
 * @throws AttestorError `rpc_wrong_chain`: no retry makes a wrong configuration right.
 */
export async function readHeads(watched: WatchedChain, parts: ChainStopParts): Promise<Heads | undefined> {
  const report = (reason: string | undefined) =>
    parts.board.report(chainSubject(watched.config.name), "providers", reason);
  if (isStopped(watched, parts)) {
    watched.heads = undefined;
    return undefined;
  }
  try {
    if (!watched.heads) await watched.chain.probe();
    const heads = await watched.chain.heads();
    const believed = await descends(watched, heads.final, parts);
    watched.heads = believed ? heads : undefined;
    report(undefined);
  } catch (error) {
    watched.heads = undefined;
    if (!(error instanceof AttestorError) || error.code === "rpc_wrong_chain") throw error;
    report(faultText(error));
  }
  return watched.heads;
}

/**
 * One round of a route on its source chain: look for packets, make them final, then due.
 *
 * @returns true if there is more to do at once.
 */
export async function advanceOnSource(context: RouteContext, heads: Heads): Promise<boolean> {
  try {
    if (!context.progress.sourceChecked) await context.source.check(heads.latest.height);
    context.progress.sourceChecked = true;
    let more = await observe(context, heads);
    reportRoute(context, "source contract", undefined);
    reportRoute(context, "source chain", undefined);
    if (context.store.routes.stopReason(context.key) !== undefined) return more;
    await findRequested(context, heads.final);
    more = (await finalize(context, heads.final)) || more;
    return markDue(context, heads.final) || more;
  } catch (error) {
    reportFault(context, "source", error);
    return false;
  }
}

/** Looks once whether the route's contract on its destination chain is the right one. */
export async function checkTarget(context: RouteContext, heads: Heads): Promise<void> {
  if (context.progress.targetChecked) return;
  try {
    await context.target.check(heads.latest.height);
    context.progress.targetChecked = true;
    reportRoute(context, "destination contract", undefined);
    reportRoute(context, "destination chain", undefined);
  } catch (error) {
    reportFault(context, "destination", error);
  }
}

function reportFault(context: RouteContext, end: "source" | "destination", error: unknown): void {
  if (!(error instanceof AttestorError)) throw error;
  if (error.code === "contract_mismatch") context.progress.mismatch = error;
  reportRoute(context, error.code === "contract_mismatch" ? `${end} contract` : `${end} chain`, faultText(error));
}

/** A fault in words that stand behind the subject's name. */
function faultText(error: AttestorError): string {
  if (error.code === "rpc_unreachable" || error.code === "rpc_answer_unusable") {
    const { provider, reason } = error.data as ErrorData["rpc_unreachable"];
    return `provider ${provider}: ${reason}`;
  }
  if (isAttestorError(error, "rpc_no_quorum") || isAttestorError(error, "chain_stopped")) return error.data.reason;
  return error.message;
}
