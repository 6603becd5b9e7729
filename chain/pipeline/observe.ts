import { digestScheme } from "../../shared/digest/index.ts";
import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { sourcesOf } from "../providers.ts";
import type { BlockRef, Heads, Sighting } from "../source/index.ts";
import type { Cursor, Observation } from "../store/index.ts";
import { contradictionOf, earlinessOf, latenessOf } from "./contradiction.ts";
import { describeGaps, type Gap, gapsIn } from "./gaps.ts";
import {
  finalBlock,
  type KnownGap,
  type RouteContext,
  reportRoute,
  stopRoute,
  unusableSource,
} from "./routeContext.ts";
import { searchGaps } from "./searchGaps.ts";
import { stopChain } from "./stopChain.ts";

/** Ranges of final blocks that one round reads before other routes get their turn. */
const rangesPerRound = 20;

/**
 * Finds the packets that the route's contract has dispatched. Final blocks are read once, in order, and the cursor moves
 * behind a range only when the contract's counter proves that nothing in it is missing. Newer blocks are read again each
 * time, to show packets early; they prove nothing.
 *
 * @returns true if there are more final blocks to read.
 */
export async function observe(context: RouteContext, heads: Heads): Promise<boolean> {
  let cursor = context.store.routes.cursor(context.key) ?? (await beginCursor(context, heads.final));
  if (!cursor || standsInDisguise(context, cursor, heads.final)) return false;
  if (!(await stillCanonical(context, cursor, heads.final))) return false;
  for (let ranges = 0; cursor.height < heads.final.height; ranges += 1) {
    if (ranges === rangesPerRound) return true;
    const next = await readFinalRange(context, cursor, heads.final);
    if (!next) return false;
    cursor = next;
  }
  await readNewerBlocks(context, heads, cursor);
  return false;
}

/** Before the first range: what the contract had counted to before the route's first block. */
async function beginCursor(context: RouteContext, final: BlockRef): Promise<Cursor | undefined> {
  const height = context.route.startHeight - 1;
  if (final.height < height) return undefined;
  const counter = height < 0 ? 0n : await context.source.counterAt(height, "fail");
  const cursor = { height, ...(await placeOf(context, height)), counter };
  context.store.recordRange(context.key, [], cursor, context.clock.now());
  return cursor;
}

/** What a cursor keeps of the block that it stands on. */
async function placeOf(context: RouteContext, height: number): Promise<Pick<Cursor, "hash" | "timestamp">> {
  if (height < 0) return { hash: undefined };
  const { hash, timestamp } = await finalBlock(context, height);
  return { hash, timestamp };
}

/** Final blocks that do not go on and grow younger all the same: whoever watches their age would not see that they stand. */
function standsInDisguise(context: RouteContext, cursor: Cursor, final: BlockRef): boolean {
  const reason = latenessOf(cursor, final);
  if (reason !== undefined) stopRoute(context, undefined, reason);
  return reason !== undefined;
}

/**
 * The block that the cursor stands on was final, so another hash or time there is change below finality. A time that was a lie
 * would be what all later blocks contradict: only here a person can have it forgotten.
 */
async function stillCanonical(context: RouteContext, cursor: Cursor, final: BlockRef): Promise<boolean> {
  if (cursor.hash === undefined || final.height < cursor.height) return true;
  const { height } = cursor;
  const { hash, timestamp } = await finalBlock(context, height);
  const kept = { height, hash: cursor.hash, timestamp: cursor.timestamp };
  const differs = hash !== kept.hash ? "hash" : timestamp !== (kept.timestamp ?? timestamp) ? "time" : undefined;
  if (differs === undefined) return true;
  const { chain } = context.route.source;
  stopChain(context, chain, `block ${height} has another ${differs} than when it was read`, {
    kept,
    served: { height, hash, timestamp },
    sources: sourcesOf(chain),
    providers: context.sourceChain.providers(),
  });
  return false;
}

async function readFinalRange(context: RouteContext, cursor: Cursor, final: BlockRef): Promise<Cursor | undefined> {
  const { key, source, store, clock } = context;
  const from = cursor.height + 1;
  const to = Math.min(cursor.height + context.route.source.chain.maximumRange, final.height);
  const shown = await source.dispatchedIn(from, to);
  const [counter, end] = await Promise.all([source.counterAt(to), finalBlock(context, to)]);
  const stored = storedBefore(context, cursor, gapsIn(cursor.counter, counter, sequencesOf(shown)) ?? []);
  const missing = gapsIn(cursor.counter, counter, [...stored, ...sequencesOf(shown)]) ?? [];
  const searched = missing.length > 0 ? await searchGaps(context, missing, { from, to }) : [];
  const sightings = [...shown, ...searched];
  if (contradicts(context, cursor, sightings, end)) return undefined;
  const complete = isComplete(context, cursor, { from, to, counter, sightings, stored });
  const next = complete ? { height: to, hash: end.hash, timestamp: end.timestamp, counter } : undefined;
  const { changed } = store.recordRange(key, observations(context, sightings), next, clock.now());
  for (const packet of changed) {
    stopRoute(context, packet, "change below finality: it is in another block or has other content now");
  }
  return changed.length === 0 ? next : undefined;
}

/** Whether what a range shows cannot be true beside what was read before; then nothing of it is taken. */
function contradicts(context: RouteContext, cursor: Cursor, sightings: readonly Sighting[], end?: BlockRef): boolean {
  const reasons = sightings.map((sighting) => contradictionOf(cursor, sighting));
  const [reason] = [...reasons, end && earlinessOf(cursor, end)].filter((found) => found !== undefined);
  if (reason !== undefined) stopRoute(context, undefined, reason);
  return reason !== undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly counter: bigint;
  readonly sightings: readonly Sighting[];
  /** Numbers behind the cursor's whose packets are stored from blocks before it. */
  readonly stored: readonly bigint[];
}

/**
 * Which of the first missing packets are not missing: a change of final blocks that a person took for true may bring a packet
 * into blocks that were read, where a rescan finds it. One that is observed may be of a block that is gone, and counts a round
 * later, when its block has been looked at.
 */
function storedBefore({ store, key }: RouteContext, cursor: Cursor, missing: readonly Gap[]): bigint[] {
  const found: bigint[] = [];
  for (const { from, to } of missing) {
    for (let sequence = from; sequence <= to; sequence += 1n) {
      const packet = store.packets.find(key, sequence);
      if (!packet || packet.state === "observed" || packet.state === "orphaned") return found;
      if (packet.sighting.block.height > cursor.height) return found;
      found.push(sequence);
    }
  }
  return found;
}

function isComplete(context: RouteContext, cursor: Cursor, range: Range): boolean {
  const { from, to, counter, sightings, stored } = range;
  const { route, store, key, progress } = context;
  const seen = [...stored, ...sequencesOf(sightings)];
  const gaps = gapsIn(cursor.counter, counter, seen);
  if (!gaps) {
    throw unusableSource(route, `the events of blocks ${from} to ${to} and the contract's counter do not agree`);
  }
  if (gaps.length > 0 && seen.length === 0 && !store.work.hasPackets(key)) {
    throw new AttestorError("contract_mismatch", {
      chain: route.source.chain.name,
      reason:
        `the contract at ${route.source.bridge} counted ${counter - cursor.counter} packets in blocks ${from} to ${to}, ` +
        "and none of them has an event that we know: the address or our ABI is wrong",
    });
  }
  progress.counter = counter;
  noteGaps(context, gaps);
  const missing = `packets ${describeGaps(gaps)} are counted by the contract and missing in blocks ${from} to ${to}`;
  reportRoute(context, "gap", gaps.length === 0 ? undefined : missing);
  return gaps.length === 0;
}

const sequencesOf = (sightings: readonly Sighting[]) => sightings.map(({ sequence }) => sequence);

/** How long something has been missing outlives a restart: its age is what operators are alarmed by. */
function noteGaps({ store, key, progress, clock }: RouteContext, gaps: readonly Gap[]): void {
  const known = progress.gaps;
  const now = gaps.map((gap) => ({ ...gap, since: sinceWhen(known, gap) ?? clock.now() }));
  const same =
    now.length === known.length && now.every(({ from, to }, at) => known[at]?.from === from && known[at]?.to === to);
  if (!same) store.routes.keepGaps(key, now);
  progress.gaps = now;
}

/** Since when part of a gap has been known; gaps shrink and split as packets are found. */
function sinceWhen(known: readonly KnownGap[], { from, to }: Gap): number | undefined {
  return known.find((gap) => gap.from <= to && gap.to >= from)?.since;
}

/** What fails here fails again or shows itself in final blocks, so it holds nothing up. */
async function readNewerBlocks(context: RouteContext, heads: Heads, cursor: Cursor): Promise<void> {
  try {
    await showNewerPackets(context, heads, cursor);
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    context.logger.debug({ route: context.route.name, err: error }, "could not read the blocks that are not final yet");
  }
}

async function showNewerPackets(context: RouteContext, { final, latest }: Heads, cursor: Cursor): Promise<void> {
  const { key, route, source, store, clock } = context;
  for (let from = final.height + 1; from <= latest.height; from += route.source.chain.maximumRange) {
    const to = Math.min(from + route.source.chain.maximumRange - 1, latest.height);
    const sightings = await source.dispatchedIn(from, to);
    if (contradicts(context, cursor, sightings)) return;
    const { changed } = store.recordRange(key, observations(context, sightings), undefined, clock.now());
    for (const packet of changed) {
      stopRoute(context, packet, "change below finality: it is in a block that is not final yet");
    }
  }
}

/**
 * Sightings with the inner hash that the route's digest scheme gives them. A packet that the target chain could not hash has
 * a defect like one that no packet can carry: it is stored and refused by itself, and holds up no other.
 */
export function observations({ route }: RouteContext, sightings: readonly Sighting[]): Observation[] {
  const scheme = digestScheme(route.scheme);
  return sightings.map((sighting) => {
    if ("defect" in sighting.content) return { sighting, packetHash: undefined };
    try {
      return { sighting, packetHash: scheme.digestOf(sighting.content.packet, "white").packetHash };
    } catch (error) {
      if (!isAttestorError(error, "invalid_field")) throw error;
      const defect = `${error.data.field}: ${error.data.reason}`;
      return { sighting: { ...sighting, content: { defect } }, packetHash: undefined };
    }
  });
}
