export { datesProblem, exportCertificateExpiry } from "./certificateExpiry.ts";
export { type FollowedIdentity, followTlsIdentity, type LiveIdentity } from "./followIdentity.ts";
export { readTlsIdentity, type TlsIdentity } from "./identity.ts";
export { pinOf } from "./pin.ts";
export {
  clientNameOf,
  createPinDirectory,
  type PinDirectory,
  type PinnedPeer,
  pinnedPeerOf,
} from "./pinDirectory.ts";
export { createPinnedClient, type PeerAnswer, type PinnedClient, type PinnedClientOptions } from "./pinnedClient.ts";
export { createPinnedServer } from "./pinnedServer.ts";
