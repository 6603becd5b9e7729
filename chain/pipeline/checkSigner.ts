import { AttestorError } from "../../shared/errors/index.ts";
import type { Board } from "../board.ts";
import { keyOf, type Route } from "../route.ts";
import type { SignerClient } from "../signerClient/index.ts";

/** Looks whether the signer answers and has the key of every route's attestor; what is wrong goes to the board. */
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
      const found = keys.some(
        (key) =>
          key.address === route.attestor &&
          key.scheme === route.scheme &&
          key.deployment === deployment &&
          key.destination === destination,
      );
      const missing = `it has no key for attestor ${route.attestor} of route ${route.name}`;
      board.report("signer", `key of ${route.name}`, found ? undefined : missing);
    }
  } catch (error) {
    if (!(error instanceof AttestorError)) throw error;
    board.report("signer", "reach", error.message);
  }
}
