import {
  another,
  byFields,
  type Changes,
  type Comparison,
  joined,
  larger,
  smaller,
  unchanged,
  withMembers,
} from "./changes.ts";
import type { Limits, Route, TokenLimit, TokenPair } from "./policy.ts";

/** What a route of the same name allows more, and what less. */
export function compareRoute(before: Route, after: Route): Changes {
  return byFields(before, after, {
    name: unchanged,
    deployment: another,
    source: another,
    destination: another,
    scheme: another,
    key: another,
    successors: another,
    versions: withMembers,
    startSequence: compareStart,
    tokens: compareTokens,
    minimumAssurance: (was, is) => smaller(strength(was), strength(is), { before, after }),
    signerWait: smaller,
    agreement: smaller,
    limits: compareLimits,
    paused: comparePause,
  });
}

/** A later start lets less through, but for what would have been a jump: one operator could have an invented sequence signed. */
const compareStart: Comparison<bigint, Route> = (before, after, whole) => {
  const changes = smaller(before, after, whole);
  const movesJumps = after > before && whole.before.limits?.maximumJump !== undefined;
  return movesJumps ? joined(changes, { widened: [`: jumps are counted from ${after} on`], narrowed: [] }) : changes;
};

const compareTokens: Comparison<readonly TokenPair[] | undefined> = (before, after, whole) => {
  if (!before) return { widened: [], narrowed: after ? [": only those listed"] : [] };
  if (!after) return { widened: [": every token"], narrowed: [] };
  const pairs = (tokens: readonly TokenPair[]) => tokens.map(({ source, destination }) => `${source} → ${destination}`);
  return withMembers(pairs(before), pairs(after), whole);
};

/** Claimed is the weakest, then K agreeing clients by K, then proved. */
function strength(assurance: Route["minimumAssurance"]): number {
  if (assurance === "proved") return 100;
  return Number(/^agreed-([0-9]+)$/.exec(assurance ?? "")?.[1] ?? 1);
}

const comparePause: Comparison<boolean | undefined> = (before = false, after = false) => {
  if (before === after) return joined();
  return before ? { widened: [": no longer"], narrowed: [] } : { widened: [], narrowed: [": from now on"] };
};

const compareLimits: Comparison<Limits | undefined, Route> = (before, after, whole) =>
  byFields<Limits>(before ?? {}, after ?? {}, {
    perToken: (was, is) => comparePerToken(was, is, whole.after.tokens),
    maximumJump: larger,
  });

/** A token that may no longer be sent needs no limit. */
function comparePerToken(
  before: readonly TokenLimit[] | undefined,
  after: readonly TokenLimit[] | undefined,
  tokens: readonly TokenPair[] | undefined,
): Changes {
  if (!before) return { widened: [], narrowed: after ? [": is new"] : [] };
  if (!after) return { widened: [": is left out"], narrowed: [] };
  const sendable = (token: string) => !tokens || tokens.some(({ destination }) => destination === token);
  return joined(
    ...before
      .filter(({ token }) => sendable(token))
      .map((old) => {
        const now = after.find(({ token }) => token === old.token);
        if (!now) return { widened: [`.${old.token}: is left out`], narrowed: [] };
        return compareTokenLimit(old, now);
      }),
  );
}

function compareTokenLimit(before: TokenLimit, after: TokenLimit): Changes {
  const { widened, narrowed } = byFields(before, after, {
    token: unchanged,
    single: larger,
    window: larger,
    // A sum over a longer time is at least as large, so the same limit on it allows less; without a sum it means nothing.
    windowLength: before.window === undefined ? unchanged : smaller,
  });
  const behind = (line: string) => `.${before.token}${line}`;
  return { widened: widened.map(behind), narrowed: narrowed.map(behind) };
}
