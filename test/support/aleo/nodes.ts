import {
  type AleoRest,
  type Ledger,
  openLedger,
  type Publication,
  StandInBridge,
  startAleoRest,
} from "../../../cli/up/aleoStandIn/index.ts";

/** Ids that the tests' bridge gives its two ends, and the program at the Aleo one. */
export const aleoIds = { chainId: 1n, evmChainId: 2n, program: "bridge.aleo", network: "testnet" } as const;

export const aleoService = "aleo1rhgdu77hgyqd3xjj8ucu3jj9r2krwz6mnzyd80gncr5fxcwlh5rsvzp9px";
export const aleoUser = "aleo18z337vpafgfgmpvd4dgevel6la75r8eumcmuyafp6aa4nnkqmvrsht2skn";
/** Spelled like an address, and no account can have it. */
export const noAccount = "aleo1qvqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqm4th9s";
export const evmService = "0x2D9B1dF35e4fAc995377aD7f7a84070CD36400Ff";
export const evmToken = "0xc9788ef51c8deB28F3F205b0B2F124F6884541A4";
export const evmUser = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

/** Under this path the nodes are reached, and nothing but the configuration may ever show it. */
export const aleoSecretPath = "v1/7hE-5ecR3t-k3y";

/** One Aleo chain with our bridge, behind several nodes. */
export interface AleoNodes {
  readonly ledger: Ledger;
  readonly bridge: StandInBridge;
  readonly nodes: readonly AleoRest[];
  /** Seconds of the newest block; each further block is three later. */
  now(): number;
  publish(changes?: Partial<Publication>): { readonly sequence: bigint; readonly height: number };
  /** Adds empty blocks. */
  advance(blocks: number): void;
  close(): Promise<void>;
}

export async function startAleoNodes(
  count: number,
  {
    attestors = [],
    startsAt = Math.floor(Date.now() / 1_000) - 600,
  }: { attestors?: readonly string[]; startsAt?: number } = {},
): Promise<AleoNodes> {
  const ledger = openLedger(aleoIds.network, "test");
  const bridge = new StandInBridge(ledger, {
    program: aleoIds.program,
    chainId: aleoIds.chainId,
    service: aleoService,
    attestors,
    threshold: Math.floor(attestors.length / 2) + 1,
  });
  const prefix = aleoSecretPath;
  const nodes = await Promise.all(
    Array.from({ length: count }, (_, index) => startAleoRest(ledger, { prefix, publicRoutes: index === 1 })),
  );
  let time = startsAt;
  const next = () => {
    time += 3;
    return time;
  };
  ledger.commit(time);
  return {
    ledger,
    bridge,
    nodes,
    now: () => time,
    publish(changes = {}) {
      const publication = {
        destinationChainId: aleoIds.evmChainId,
        destinationService: evmService,
        destinationToken: evmToken,
        receiver: evmUser,
        sender: aleoUser,
        amount: 10n,
        ...changes,
      };
      const { sequence, block } = bridge.publish(publication, next());
      return { sequence, height: block.height };
    },
    advance(blocks) {
      for (let added = 0; added < blocks; added += 1) ledger.commit(next());
    },
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  };
}
