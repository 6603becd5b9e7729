import type { PinnedClient } from "../../shared/tls/index.ts";
import { type Attestation, attestationToWire } from "../../shared/wire/index.ts";

/** A route as the signer names it. */
interface NamedRoute {
  readonly deployment: string;
  readonly source: string;
  readonly destination: string;
}

/**
 * Shows a signer what a client holds on each of its routes.
 *
 * @param newestOn default nothing.
 * @returns the status of the answer.
 */
export async function showNewest(
  client: PinnedClient,
  newestOn: (route: NamedRoute) => Attestation | undefined = () => undefined,
): Promise<number> {
  const wanted = await client.request("GET", "/v1/clients/self/newest");
  if (wanted.status !== 200) return wanted.status;
  const { routes } = wanted.body as { routes: readonly NamedRoute[] };
  const shown = routes.map((route) => {
    const newest = newestOn(route);
    return { route, newest: newest ? attestationToWire(newest) : null };
  });
  return (await client.request("PUT", "/v1/clients/self/newest", { routes: shown })).status;
}
