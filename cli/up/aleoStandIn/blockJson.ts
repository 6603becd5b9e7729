import type { AleoNetwork } from "../../../shared/aleo/index.ts";
import type { StandInBlock } from "./ledger.ts";

const networkIds: Readonly<Record<AleoNetwork, number>> = { mainnet: 0, testnet: 1, canary: 2 };

/** A block as a node prints it, without transactions: nobody who reads the stand-in looks at them. */
export function blockJson({ height, hash, previousHash, timestamp }: StandInBlock, network: AleoNetwork): object {
  return {
    block_hash: hash,
    previous_hash: previousHash,
    header: {
      metadata: {
        network: networkIds[network],
        round: height * 2,
        height,
        cumulative_weight: 0,
        cumulative_proof_target: 0,
        coinbase_target: 1,
        proof_target: 1,
        last_coinbase_target: 1,
        last_coinbase_timestamp: timestamp,
        timestamp,
      },
    },
    transactions: [],
  };
}
