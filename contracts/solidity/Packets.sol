// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

// Packets as Verulink's EVM contracts encode them. Field order, names and types are wire format: they fix the topic of
// PacketDispatched, the selectors of sendMessage, consume and withdraw, and both hashes. The far side of a packet is
// text because its address format is not this chain's.

/// What attestors say about a packet. The number is the byte that their signature covers.
enum Vote {
    NULL,
    YEA,
    NAY
}

struct LocalAddress {
    uint256 chainId;
    address addr;
}

struct RemoteAddress {
    uint256 chainId;
    string addr;
}

struct OutMessage {
    address senderAddress;
    string destTokenAddress;
    uint256 amount;
    string receiverAddress;
}

struct InMessage {
    string senderAddress;
    address destTokenAddress;
    uint256 amount;
    address receiverAddress;
}

/// A packet on the chain that it leaves.
struct OutPacket {
    uint256 version;
    uint256 sequence;
    LocalAddress sourceTokenService;
    RemoteAddress destTokenService;
    OutMessage message;
    uint256 height;
}

/// The same packet on the chain that it reaches.
struct InPacket {
    uint256 version;
    uint256 sequence;
    RemoteAddress sourceTokenService;
    LocalAddress destTokenService;
    InMessage message;
    uint256 height;
}

/// Hashes of packets: fields in declaration order, packed. Text is packed without its length, so two packets that
/// differ only in where one text ends may share a hash; attestors rule that out by accepting one spelling per address.
library Packets {
    function hash(OutPacket memory packet) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                packet.version,
                packet.sequence,
                packet.sourceTokenService.chainId,
                packet.sourceTokenService.addr,
                packet.destTokenService.chainId,
                packet.destTokenService.addr,
                packet.message.senderAddress,
                packet.message.destTokenAddress,
                packet.message.amount,
                packet.message.receiverAddress,
                packet.height
            )
        );
    }

    function hash(InPacket memory packet) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                packet.version,
                packet.sequence,
                packet.sourceTokenService.chainId,
                packet.sourceTokenService.addr,
                packet.destTokenService.chainId,
                packet.destTokenService.addr,
                packet.message.senderAddress,
                packet.message.destTokenAddress,
                packet.message.amount,
                packet.message.receiverAddress,
                packet.height
            )
        );
    }
}
