export type { BlockRef, Chain, Heads, PacketSource, PacketTarget, ProviderObserver, Sighting } from "./chain.ts";
export { openChain } from "./openChain.ts";
