import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import { quorumHeights } from "./agreement.ts";
import { gather } from "./askAll.ts";
import type { Block, ChainObserver, Heads } from "./chain.ts";
import type { Claims, Endpoint } from "./endpoint.ts";

/** How long slower providers are waited for once a quorum has named its heads, in milliseconds. */
const patience = 1_000;
/** The same while somebody has neither answered nor failed yet: without his, a liar's claim could decide. */
const firstPatience = 5_000;

/** What agreeing on a chain's heads takes. */
interface HeadsParts<E extends Endpoint> {
  readonly chain: string;
  readonly quorum: number;
  /** What one provider claims now. */
  claimsOf(endpoint: E): Promise<Claims>;
  /** The quorum's block at a height. */
  block(height: number): Promise<Block | undefined>;
  unusable(reason: string): AttestorError;
}

/**
 * Agrees on heights first, because "latest" and "finalized" mean something else to every provider: the q-th highest of
 * those claimed. Then asks everybody for exactly the final block.
 */
export async function readHeads<E extends Endpoint>(
  endpoints: readonly E[],
  { chain, quorum, claimsOf, block, unusable }: HeadsParts<E>,
  observer: Pick<ChainObserver, "quorumFailure">,
): Promise<Heads> {
  const faults: unknown[] = [];
  const asked = endpoints.map(async (endpoint) => {
    try {
      const unavailable = endpoint.unavailable(undefined);
      if (unavailable !== undefined) throw endpoint.unusable(unavailable);
      const claims = await claimsOf(endpoint);
      endpoint.claims = claims;
      return claims;
    } catch (error) {
      faults.push(error);
      throw error;
    }
  });
  const complete = endpoints.every((endpoint) => endpoint.claims ?? endpoint.state().fault ?? endpoint.unavailable(0));
  const answers = await gather(asked, quorum, complete ? patience : firstPatience);
  if (answers.length < quorum) {
    if (endpoints.length > 1) observer.quorumFailure({ chain });
    throw tooFew(answers.length, faults, endpoints, quorum, chain);
  }
  // Who is late counts with what it claimed before: a claim only says what to ask for.
  const claims = endpoints.flatMap((endpoint) => endpoint.claims ?? []);
  const [latest = 0] = quorumHeights(
    claims.map((claim) => claim.latest),
    quorum,
  );
  const candidates = quorumHeights(
    claims.map(({ final }) => final),
    quorum,
  );
  return { latest: { height: latest }, final: await firstServed(block, unusable, candidates) };
}

/**
 * The newest of these blocks that a quorum serves. One that too few have yet, or say the same of, is waited for by taking an
 * older one: one liar beside one who is a block behind must not keep the others' chain from going on.
 *
 * @throws AttestorError of the newest that they disagree about, where there is none.
 */
async function firstServed(
  blockAt: (height: number) => Promise<Block | undefined>,
  unusable: (reason: string) => AttestorError,
  heights: readonly number[],
): Promise<Block> {
  let disagreement: unknown;
  for (const height of heights) {
    try {
      const block = await blockAt(height);
      if (block) return block;
    } catch (error) {
      if (!isAttestorError(error, "rpc_no_quorum")) throw error;
      if (error.data.kind === "disagreement") disagreement ??= error;
      if (height === heights.at(-1)) throw disagreement ?? error;
    }
  }
  throw unusable(`there is no block ${heights.at(-1)} below the latest`);
}

/** A single provider's own fault says most. */
function tooFew(
  answered: number,
  faults: readonly unknown[],
  endpoints: readonly Endpoint[],
  quorum: number,
  chain: string,
): unknown {
  const [first] = faults;
  if (endpoints.length === 1 && first) return first;
  const unexpected = faults.find((fault) => !(fault instanceof AttestorError));
  if (unexpected) return unexpected;
  const reasons = faults.flatMap((fault) => {
    if (!(fault instanceof AttestorError) || !("provider" in fault.data)) return [];
    return [`${fault.data.provider}: ${fault.data.reason}`];
  });
  return new AttestorError("rpc_no_quorum", {
    chain,
    kind: "too_few",
    reason: `${answered} of ${endpoints.length} providers name their heads, ${quorum} are needed (${reasons.sort().join("; ")})`,
  });
}
