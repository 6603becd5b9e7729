import type { PinnedClient } from "../../shared/tls/index.ts";
import { type CollectorClient, createCollectorClient } from "./collectorClient.ts";
import { createVerulinkCollector } from "./verulinkCollector.ts";

/** Connects with a collector by its kind. Dials nothing yet. */
export function openCollector(
  { name, kind, url }: { readonly name: string; readonly kind: "attestor" | "verulink"; readonly url: string },
  connection: PinnedClient,
): CollectorClient {
  if (kind === "attestor") return createCollectorClient(name, connection);
  return createVerulinkCollector(name, new URL(url).pathname.replace(/\/+$/, ""), connection);
}
