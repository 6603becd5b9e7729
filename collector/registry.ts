import { AttestorError } from "../shared/errors/index.ts";
import type { CollectorConfig, RegisteredRoute } from "./config.ts";
import { attestorsOf } from "./seats.ts";

/** Which packet of which deployment; chain ids are the bridge's. */
export interface RouteId {
  readonly deployment: string;
  readonly source: bigint;
  readonly destination: bigint;
}

/** Some of a route's names; what is left out fits any. */
export interface RouteFilter {
  readonly deployment?: string | undefined;
  readonly source?: bigint | undefined;
  readonly destination?: bigint | undefined;
}

/** What the configuration says about routes and about who may write for whom. */
export interface Registry {
  /** The route of that name and direction, or undefined. */
  route(id: RouteId): RegisteredRoute | undefined;
  /** The names of the routes that fit. */
  routesThat(fit: RouteFilter): readonly RouteId[];
  /** The one route from `source` to `destination` that this attestor serves: a key serves one deployment only. */
  routeOfAttestor(source: bigint, destination: bigint, attestor: string): RegisteredRoute | undefined;
  /** @throws AttestorError `denied` unless that client's certificate may write for that attestor. */
  requireRight(client: string, attestor: string): void;
  /** Every route that this attestor serves. */
  routesOfAttestor(attestor: string): readonly RegisteredRoute[];
  /** @throws AttestorError `denied` unless the client is the council. */
  requireCouncil(client: string): void;
  /** Client name by pin. */
  readonly pins: ReadonlyMap<string, string>;
}

/** How the council is called among clients; no client of the configuration can have this name. */
const councilName = "(council)";

export function createRegistry({
  registry,
  clients,
  council,
}: Pick<CollectorConfig, "registry" | "clients" | "council">): Registry {
  const find = (source: bigint, destination: bigint, fits: (route: RegisteredRoute) => boolean) =>
    registry.find(
      (route) => route.source.chainId === source && route.destination.chainId === destination && fits(route),
    );
  const rights = new Map(clients.map(({ name, attestors }) => [name, new Set(attestors)]));
  return {
    route: ({ deployment, source, destination }) =>
      find(source, destination, (route) => route.deployment === deployment),
    routesThat: (filter) =>
      registry
        .map(({ deployment, source, destination }) => ({
          deployment,
          source: source.chainId,
          destination: destination.chainId,
        }))
        .filter((id) => fitsRoute(id, filter)),
    routeOfAttestor: (source, destination, attestor) =>
      find(source, destination, (route) => attestorsOf(route).includes(attestor)),
    requireRight(client, attestor) {
      if (rights.get(client)?.has(attestor)) return;
      throw new AttestorError("denied", {
        rule: "write-right",
        reason: "this client's certificate may not write for this attestor",
        inputs: { client, attestor },
      });
    },
    routesOfAttestor: (attestor) => registry.filter((route) => attestorsOf(route).includes(attestor)),
    requireCouncil(client) {
      if (client === councilName) return;
      const reason = "only the council asks for packets";
      throw new AttestorError("denied", { rule: "council", reason, inputs: { client } });
    },
    pins: new Map(
      [...clients, { name: councilName, pins: council?.pins ?? [] }].flatMap(({ name, pins }) =>
        pins.map((pin) => [pin, name] as const),
      ),
    ),
  };
}

export function fitsRoute(id: RouteId, { deployment, source, destination }: RouteFilter): boolean {
  return (
    (deployment === undefined || id.deployment === deployment) &&
    (source === undefined || id.source === source) &&
    (destination === undefined || id.destination === destination)
  );
}
