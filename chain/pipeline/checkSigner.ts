import { AttestorError } from "../../shared/errors/index.ts";
import type { Board } from "../board.ts";
import { attestorsOf, keyOf, type Route } from "../route.ts";
import type { SignerClient } from "../signerClient/index.ts";

/** Looks whether the signer answers and has the key of every attestor of every route; what is wrong goes to the board. */
export async function checkSigner(parts: {
  readonly signer: SignerClient;
  readonly board: Board;
  readonly routes: readonly { readonly route: Route }[];
}): Promise<void> {
  const { signer, board, routes } = parts;
  try {
    const keys = await signer.keys();
    board.report("signer", "reach", undefined);
    for (const { route } of routes) {
      const { deployment, destination } = keyOf(route);
      const missing = attestorsOf(route).filter(
        (attestor) =>
          !keys.some(
            (key) =>
              key.address === attestor &&
              key.scheme === route.scheme &&
              key.deployment === deployment &&
              key.destination === destination,
          ),
      );
      const reason = `it has no key for attestor ${missing.join(", ")} of route ${route.name}`;
      board.report("signer", `key of ${route.name}`, missing.length > 0 ? reason : undefined);
    }
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    board.report("signer", "reach", error.message);
  }
}
