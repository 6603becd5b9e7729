import type { SchemeName } from "../shared/digest/index.ts";
import { type PacketId, type Successor, successorAt } from "../shared/packet/index.ts";
import type { ChainConfig, ChainServiceConfig } from "./config.ts";

/** One end of a route: a chain and our two contracts there, in canonical spelling. */
export interface RouteEnd {
  readonly chain: ChainConfig;
  readonly bridge: string;
  readonly tokenService: string;
}

/** A way that packets take, with everything that deciding about one of them needs. */
export interface Route {
  readonly name: string;
  readonly deployment: string;
  readonly source: RouteEnd;
  readonly destination: RouteEnd;
  /** First block of the source chain that can hold a packet of ours. */
  readonly startHeight: number;
  readonly scheme: SchemeName;
  /** Address of our first key for the destination chain. */
  readonly attestor: string;
  /** Keys that take over, each from a sequence on; none where it is missing. */
  readonly successors?: readonly SucceedingAttestor[] | undefined;
  /** How long after its block's time a packet has to wait, in milliseconds. */
  readonly waitMs: number;
  /** Packets that wait less: up to which amount of which destination token, and how long, in milliseconds. */
  readonly instant: { readonly waitMs: number; readonly limits: ReadonlyMap<string, bigint> } | undefined;
  /** How long after its signature a packet that is not executed is reported as overdue, in milliseconds. */
  readonly overdueMs: number;
}

/** A key that takes over from a sequence on. */
export interface SucceedingAttestor extends Successor {
  /** Its address. */
  readonly attestor: string;
}

type Attested = Pick<Route, "attestor" | "successors">;

/** The one address whose signature counts as ours for a sequence of a route. */
export function attestorOf({ attestor, successors = [] }: Attested, sequence: bigint): string {
  return successorAt(successors, sequence)?.attestor ?? attestor;
}

/** Every address that signs on a route, the first key's first. */
export function attestorsOf({ attestor, successors = [] }: Attested): string[] {
  return [attestor, ...successors.map((successor) => successor.attestor)];
}

/** What a route is in the store, whatever it is called in the configuration. */
export type RouteKey = Readonly<Record<"deployment" | "source" | "destination", string>>;

export function keyOf(route: Route): RouteKey {
  return {
    deployment: route.deployment,
    source: route.source.chain.chainId.toString(),
    destination: route.destination.chain.chainId.toString(),
  };
}

/** The id of a route's packet number `sequence`. */
export function packetIdOn(route: Route, sequence: bigint): PacketId {
  return { source: route.source.chain.chainId, destination: route.destination.chain.chainId, sequence };
}

/** The routes of a checked configuration, each with its chains in place of their names. */
export function routesOf(config: ChainServiceConfig): Route[] {
  const chains = new Map(config.chains.map((chain) => [chain.name, chain]));
  return config.routes.flatMap((route) => {
    const source = chains.get(route.source.chain);
    const destination = chains.get(route.destination.chain);
    if (!source || !destination) return []; // the configuration's own checks have refused such a route
    return [
      {
        name: route.name,
        deployment: route.deployment,
        source: { chain: source, bridge: route.source.bridge, tokenService: route.source.tokenService },
        destination: {
          chain: destination,
          bridge: route.destination.bridge,
          tokenService: route.destination.tokenService,
        },
        startHeight: route.source.startHeight,
        scheme: route.scheme,
        attestor: route.attestor,
        successors: route.successors,
        waitMs: route.wait,
        instant: route.instant && {
          waitMs: route.instant.wait,
          limits: new Map(route.instant.tokens.map(({ token, maximumAmount }) => [token, maximumAmount])),
        },
        overdueMs: route.overdue,
      },
    ];
  });
}
