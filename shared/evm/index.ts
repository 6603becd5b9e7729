/**
 * The parts of Verulink's EVM contracts that our services read, in ethers' human-readable form. The event's topic is
 * derived from this text, never configured: a wrong topic finds nothing and looks like a quiet bridge.
 */
export const bridgeAbi = [
  "event PacketDispatched((uint256 version,uint256 sequence,(uint256 chainId,address addr) sourceTokenService,(uint256 chainId,string addr) destTokenService,(address senderAddress,string destTokenAddress,uint256 amount,string receiverAddress) message,uint256 height) packet)",
  "event Consumed(uint256 chainId,uint256 sequence,bytes32 packetHash,uint8 vote)",
  "function sequence() view returns (uint256)",
  "function outgoingPackets(uint256 sequence) view returns (bytes32)",
  "function destinationChainId() view returns (uint256)",
  "function consumedPackets(uint256 sequence) view returns (bytes32)",
  "function isAttestor(address attestor) view returns (bool)",
  "function quorumRequired() view returns (uint256)",
] as const;

/** The calls of the token service that a user makes: send value away, and fetch it on the other side. */
export const tokenServiceAbi = [
  "function transfer(address tokenAddress,uint256 amount,string receiver)",
  "function withdraw((uint256 version,uint256 sequence,(uint256 chainId,string addr) sourceTokenService,(uint256 chainId,address addr) destTokenService,(string senderAddress,address destTokenAddress,uint256 amount,address receiverAddress) message,uint256 height) packet,bytes signatures)",
] as const;

/** `enum Vote` of the bridge: what a consumed packet came to. */
export const votes = ["null", "white", "flagged"] as const;
