import { deployBridgeTo, sendTransfer } from "../../../contracts/index.ts";
import type { AleoProgram } from "../../../shared/aleo/index.ts";
import { aleoEcdsaSchemeName } from "../../../shared/digest/index.ts";
import { type AleoNodes, aleoIds, aleoService, startAleoNodes } from "../../support/aleo/nodes.ts";
import { bridgeIds, makeFinal, type TestBridge } from "./bridge.ts";
import type { ChainWorld } from "./chainWorld.ts";

/**
 * Lets a world's route start on Aleo, behind three nodes of the stand-in, instead of on its EVM chain. Call it before the
 * service is started.
 */
export async function useAleoSource(world: ChainWorld, bridge: TestBridge): Promise<AleoNodes> {
  const aleo = await startAleoNodes(3);
  const { settings } = world;
  settings.chains[0] = aleoChain(aleo);
  settings.routes[0] = {
    ...settings.routes[0],
    name: "aleo-to-beta",
    source: { chain: "aleo", bridge: aleoIds.program, tokenService: aleoService, startHeight: 1 },
    destination: { ...settings.routes[0].destination, tokenService: bridge.sides[1].tokenService },
  };
  return aleo;
}

/**
 * Lets a world's route end on Aleo, behind three nodes of the stand-in, instead of on its EVM chain. Call it before the service
 * is started.
 */
export async function useAleoDestination(world: ChainWorld, bridge: TestBridge) {
  const aleo = await startAleoNodes(3);
  const where = { network: aleoIds.network, program: aleoIds.program };
  const route = await routeToAleo(world, bridge, { chain: aleoChain(aleo), where, service: aleoService });
  return {
    aleo,
    ...route,
    /** Says on Aleo that a packet of this number was consumed. */
    consume(sequence: bigint) {
      const key = `{chain_id:${bridgeIds.source}u128,sequence:${sequence}u64}`;
      aleo.ledger.commit(aleo.now() + 1, [
        { program: aleoIds.program, mapping: "in_packet_consumed", key, value: "true" },
      ]);
    },
  };
}

/** The Aleo end of a route: how the chain is seen, the bridge program there, and the service that it pays through. */
export interface AleoEnd {
  readonly chain: object;
  readonly where: AleoProgram;
  readonly service: string;
}

/** Lets a world's route end there: with contracts of its own on the source chain, which know that end. */
export async function routeToAleo(world: ChainWorld, bridge: TestBridge, { chain, where, service }: AleoEnd) {
  const side = await deployBridgeTo(
    bridge.artifacts,
    1,
    { deployer: bridge.source.account(5), chainId: bridgeIds.source, attestors: [world.signer.address] },
    { chainId: bridgeIds.destination, tokenService: service, token: "5field" },
  );
  const { settings, signer, collector } = world;
  settings.chains[1] = { ...chain, chainId: bridgeIds.destination.toString() };
  const scheme = aleoEcdsaSchemeName(where);
  const keys = [{ scheme, deployment: "local", destination: "2", address: signer.address }];
  Object.assign(signer, { scheme, keys });
  Object.assign(collector, { scheme });
  const { bridge: contract, tokenService } = side;
  settings.routes[0] = {
    ...settings.routes[0],
    source: { ...settings.routes[0].source, bridge: contract, tokenService },
    destination: { chain: "aleo", bridge: where.program, tokenService: service },
    scheme,
  };
  return {
    async transfer(receiver: string, amount = 10n) {
      const dispatch = await sendTransfer(bridge.artifacts, side, {
        sender: bridge.source.account(6),
        amount,
        receiver,
      });
      await makeFinal(bridge.source);
      return dispatch;
    },
  };
}

function aleoChain(aleo: AleoNodes) {
  return {
    name: "aleo",
    family: "aleo",
    chainId: aleoIds.chainId.toString(),
    network: aleoIds.network,
    providers: aleo.nodes.map(({ url }, index) => ({ label: `p${index}`, url })),
    anchor: { number: 0, hash: aleo.ledger.block(0)?.hash },
    pollInterval: "100ms",
    timeout: "1s",
  };
}
