import { Contract, type TransactionReceipt } from "ethers";
import {
  type Artifacts,
  type DeployedSide,
  type Dispatch,
  deployBridgePair,
  sendTransfer,
} from "../../../contracts/index.ts";
import { tokenServiceAbi } from "../../../shared/evm/index.ts";
import type { Attestation } from "../../../shared/wire/index.ts";
import { type Anvil, startAnvil } from "../../support/anvil.ts";
import { testArtifacts } from "../../support/artifacts.ts";

/** Ids of the two chains on the bridge, and on EVM. */
export const bridgeIds = { source: 1n, destination: 2n } as const;
export const evmIds = { source: 31_101, destination: 31_102 } as const;

/** Two real chains with our contracts; blocks appear with transactions and on request, finalized is two blocks behind. */
export interface TestBridge {
  readonly artifacts: Artifacts;
  readonly source: Anvil;
  readonly destination: Anvil;
  readonly sides: readonly [DeployedSide, DeployedSide];
  /** Sends a packet from source to destination; it is not final yet. */
  transfer(transfer?: {
    readonly amount?: bigint;
    readonly receiver?: string;
    readonly account?: number;
  }): Promise<Dispatch>;
  /** Submits an attestation on the destination chain and makes its block final there. */
  withdraw(...attestations: readonly Attestation[]): Promise<TransactionReceipt>;
  close(): Promise<void>;
}

export const someReceiver = "0xBd31ba048373A07bE0357B7Ad3182F4206c8064d";

/**
 * @param attestors addresses whose signatures the destination accepts.
 * @param flags further flags of both chains' nodes.
 * @param quorum default all of them.
 */
export async function startTestBridge(
  attestors: readonly string[],
  flags: readonly string[] = [],
  quorum = attestors.length,
): Promise<TestBridge> {
  const args = ["--slots-in-an-epoch", "1", ...flags];
  const [artifacts, source, destination] = await Promise.all([
    testArtifacts(),
    startAnvil({ chainId: evmIds.source, args }),
    startAnvil({ chainId: evmIds.destination, args }),
  ]);
  const sides = await deployBridgePair(artifacts, quorum, [
    { deployer: source.account(0), chainId: bridgeIds.source, attestors },
    { deployer: destination.account(1), chainId: bridgeIds.destination, attestors },
  ]);
  return {
    artifacts,
    source,
    destination,
    sides,
    transfer: ({ amount = 10n, receiver = someReceiver, account = 2 } = {}) =>
      sendTransfer(artifacts, sides[0], { sender: source.account(account), amount, receiver }),
    async withdraw(...attestations) {
      const [first] = attestations;
      if (!first) throw new Error("nothing to submit");
      const { packet } = first;
      const service = new Contract(sides[1].tokenService, tokenServiceAbi, destination.account(3));
      const inPacket = [
        packet.version,
        packet.sequence,
        [packet.source.chainId, packet.source.address],
        [packet.destination.chainId, packet.destination.address],
        [
          packet.message.senderAddress,
          packet.message.destTokenAddress,
          packet.message.amount,
          packet.message.receiverAddress,
        ],
        packet.height,
      ];
      const signatures = `0x${attestations.map(({ signature }) => signature.slice(2)).join("")}`;
      const sent = await service.getFunction("withdraw").send(inPacket, signatures, { gasLimit: 1_000_000n });
      const receipt = await sent.wait();
      if (!receipt) throw new Error("the withdrawal was not mined");
      await makeFinal(destination);
      return receipt;
    },
    async close() {
      await Promise.all([source.close(), destination.close()]);
    },
  };
}

/** Mines until everything that exists now is final. */
export async function makeFinal(chain: Anvil): Promise<void> {
  await chain.provider.send("anvil_mine", ["0x3"]);
}

export async function latestHeight(chain: Anvil): Promise<number> {
  return Number(await chain.provider.send("eth_blockNumber", []));
}
