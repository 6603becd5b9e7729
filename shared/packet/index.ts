export { isAleoAddress } from "./aleoAddress.ts";
export { canonicalEvmAddress, evmAddressBytes, evmAddressOf } from "./evmAddress.ts";
export { type ChainAddress, formatPacketId, type Packet, type PacketId, packetIdOf } from "./packet.ts";
export { packetFields, packetSchema, packetToVerulinkWire, packetToWire, parsePacket } from "./parsePacket.ts";
export { type ChainFamily, chainFamilies, misspelling, tokenMisspelling } from "./spelling.ts";
export { type Stretch, type Successor, stretchAt, successorAt } from "./succession.ts";
