export type {
  Block,
  BlockRef,
  Chain,
  ChainObserver,
  Consumption,
  Dispute,
  Exchange,
  Heads,
  PacketSource,
  PacketTarget,
  ProviderState,
  Sighting,
} from "./chain.ts";
export { openChain } from "./openChain.ts";
