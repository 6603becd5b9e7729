import { AttestorError, isAttestorError } from "../../shared/errors/index.ts";
import type { Logger } from "../../shared/log/index.ts";
import type { Attestation } from "../../shared/wire/index.ts";
import type { Board } from "../board.ts";
import { attestorsOf, keyOf, type Route, type RouteKey } from "../route.ts";
import type { SignerClient } from "../signerClient/index.ts";
import type { Store } from "../store/index.ts";

interface ShowingParts {
  readonly signer: Pick<SignerClient, "newestWanted" | "showNewest">;
  readonly store: Pick<Store, "newestAttestation">;
  readonly routes: readonly { readonly route: Route }[];
  readonly board: Board;
  readonly logger: Logger;
}

/**
 * Shows the signer the newest attestation that we hold of it on each route, once after each start of ours or its own: a
 * signer whose ledger was replaced by an older copy would else sign again what it signed before, and differently.
 */
export interface NewestShowing {
  /** Shows what is wanted. @returns whether nothing is left to be shown; what is wrong goes to the board. */
  look(): Promise<boolean>;
}

export function createNewestShowing({ signer, store, routes, board, logger }: ShowingParts): NewestShowing {
  /** The signer's start that has seen what we hold. */
  let shownTo: string | undefined;
  let rolledBack = false;

  async function show(): Promise<void> {
    const wanted = await signer.newestWanted();
    if (!wanted) return;
    if (wanted.start === shownTo && wanted.newest === "shown") return;
    const shown = wanted.routes.map((key) => ({ route: key, newest: newestOn(key) ?? null }));
    await signer.showNewest(shown);
    shownTo = wanted.start;
    const count = shown.filter(({ newest }) => newest !== null).length;
    logger.info({ start: wanted.start, routes: shown.length, attestations: count }, "showed the signer what it signed");
  }

  /** What another attestor's key signed before is no proof to those of today. */
  function newestOn(key: RouteKey): Attestation | undefined {
    const newest = store.newestAttestation(key);
    const known = routes.find(({ route }) => isSame(keyOf(route), key));
    return !known || (newest && attestorsOf(known.route).includes(newest.signer)) ? newest : undefined;
  }

  return {
    async look() {
      try {
        await show();
        rolledBack = false;
        board.report("signer", "newest", undefined);
        return true;
      } catch (error) {
        if (!(error instanceof AttestorError)) throw error;
        if (error.code === "peer_unreachable") return false; // reported by whoever looks at the signer itself
        board.report("signer", "newest", error.message);
        const isRollback = isAttestorError(error, "peer_refused") && error.data.code === "ledger_rolled_back";
        if (isRollback && !rolledBack)
          logger.error({ alarm: true, err: error }, "the signer's ledger is an older copy");
        rolledBack = isRollback;
        return false;
      }
    },
  };
}

function isSame(a: RouteKey, b: RouteKey): boolean {
  return a.deployment === b.deployment && a.source === b.source && a.destination === b.destination;
}
