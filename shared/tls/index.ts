export { readTlsIdentity, type TlsIdentity } from "./identity.ts";
export { pinOf } from "./pin.ts";
export { createPinnedClient, type PeerAnswer, type PinnedClient, type PinnedClientOptions } from "./pinnedClient.ts";
export { clientNameOf, createPinnedServer } from "./pinnedServer.ts";
