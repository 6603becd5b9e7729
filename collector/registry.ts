import { AttestorError } from "../shared/errors/index.ts";
import type { CollectorConfig, RegisteredRoute } from "./config.ts";

/** Which packet of which deployment; chain ids are the bridge's. */
export interface RouteId {
  readonly deployment: string;
  readonly source: bigint;
  readonly destination: bigint;
}

/** What the configuration says about routes and about who may write for whom. */
export interface Registry {
  /** The route of that name and direction, or undefined. */
  route(id: RouteId): RegisteredRoute | undefined;
  /** The one route from `source` to `destination` that this attestor serves: a key serves one deployment only. */
  routeOfAttestor(source: bigint, destination: bigint, attestor: string): RegisteredRoute | undefined;
  /** @throws AttestorError `denied` unless that client's certificate may write for that attestor. */
  requireRight(client: string, attestor: string): void;
  /** Client name by pin. */
  readonly pins: ReadonlyMap<string, string>;
}

export function createRegistry({ registry, clients }: Pick<CollectorConfig, "registry" | "clients">): Registry {
  const find = (source: bigint, destination: bigint, fits: (route: RegisteredRoute) => boolean) =>
    registry.find(
      (route) => route.source.chainId === source && route.destination.chainId === destination && fits(route),
    );
  const rights = new Map(clients.map(({ name, attestors }) => [name, new Set(attestors)]));
  return {
    route: ({ deployment, source, destination }) =>
      find(source, destination, (route) => route.deployment === deployment),
    routeOfAttestor: (source, destination, attestor) =>
      find(source, destination, (route) => route.attestors.includes(attestor)),
    requireRight(client, attestor) {
      if (rights.get(client)?.has(attestor)) return;
      throw new AttestorError("denied", {
        rule: "write-right",
        reason: "this client's certificate may not write for this attestor",
        inputs: { client, attestor },
      });
    },
    pins: new Map(clients.flatMap(({ name, pins }) => pins.map((pin) => [pin, name] as const))),
  };
}
