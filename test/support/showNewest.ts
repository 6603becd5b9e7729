import type { PinnedClient } from "../../shared/tls/index.ts";

/** Tells a signer that a client holds nothing on any of its routes. @returns the status of the answer. */
export async function showNothing(client: PinnedClient): Promise<number> {
  const wanted = await client.request("GET", "/v1/clients/self/newest");
  if (wanted.status !== 200) return wanted.status;
  const { routes } = wanted.body as { routes: readonly object[] };
  const shown = routes.map((route) => ({ route, newest: null }));
  return (await client.request("PUT", "/v1/clients/self/newest", { routes: shown })).status;
}
