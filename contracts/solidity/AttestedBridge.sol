// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Attestations} from "./Attestations.sol";
import {AttestorSet} from "./AttestorSet.sol";
import {IBridge} from "./IBridge.sol";
import {Owned} from "./Owned.sol";
import {InPacket, OutPacket, Packets, Vote} from "./Packets.sol";
import {Pausable} from "./Pausable.sol";

/// One end of a bridge between two chains, compatible with Verulink's: it numbers and records what leaves, and takes
/// what arrives once, with the vote that a quorum of attestors gave. Only registered token services may call it.
contract AttestedBridge is IBridge, Pausable, AttestorSet {
    using Packets for OutPacket;
    using Packets for InPacket;

    /// Bridge ids of this chain and of the one at the other end; not EVM chain ids.
    uint256 public immutable chainId;
    uint256 public immutable destinationChainId;

    mapping(address service => bool) public isRegisteredTokenService;

    /// Number of the newest packet dispatched; 0 before the first.
    uint256 public sequence;
    mapping(uint256 number => bytes32 packetHash) public outgoingPackets;

    /// Keyed by sequence alone, as Verulink's: that is enough because packets of one source only are taken.
    mapping(uint256 number => bytes32 packetHash) public consumedPackets;

    event PacketDispatched(OutPacket packet);
    event Consumed(uint256 chainId, uint256 sequence, bytes32 packetHash, Vote vote);
    event TokenServiceAdded(address tokenService);
    event TokenServiceRemoved(address tokenService);

    error TokenServiceAlreadyKnown(address service);
    error TokenServiceUnknown(address service);
    error SourceChainUnknown(uint256 chainId);
    error DestinationChainUnknown(uint256 chainId);
    error PacketAlreadyConsumed(uint256 sequence);

    constructor(
        address owner_,
        uint256 chainId_,
        uint256 destinationChainId_,
        address[] memory attestors,
        uint256 quorum
    ) Owned(owner_) AttestorSet(attestors, quorum) {
        chainId = chainId_;
        destinationChainId = destinationChainId_;
    }

    modifier onlyTokenService() {
        if (!isRegisteredTokenService[msg.sender]) revert TokenServiceUnknown(msg.sender);
        _;
    }

    /// Gives the packet version 1 and the next number, whatever it carries in these fields.
    function sendMessage(OutPacket memory packet) external whenNotPaused onlyTokenService {
        if (packet.destTokenService.chainId != destinationChainId) {
            revert DestinationChainUnknown(packet.destTokenService.chainId);
        }
        packet.version = 1;
        packet.sequence = ++sequence;
        outgoingPackets[packet.sequence] = packet.hash();
        emit PacketDispatched(packet);
    }

    /// Marks the packet consumed whatever the vote: a caller that cannot act on NULL must revert.
    function consume(
        InPacket memory packet,
        bytes calldata signatures
    ) external whenNotPaused onlyTokenService returns (Vote vote) {
        if (packet.sourceTokenService.chainId != destinationChainId) {
            revert SourceChainUnknown(packet.sourceTokenService.chainId);
        }
        if (packet.destTokenService.chainId != chainId) {
            revert DestinationChainUnknown(packet.destTokenService.chainId);
        }
        if (isPacketConsumed(packet.sequence)) revert PacketAlreadyConsumed(packet.sequence);

        bytes32 packetHash = packet.hash();
        consumedPackets[packet.sequence] = packetHash;
        vote = Attestations.tally(packetHash, signatures, isAttestor, quorumRequired);
        emit Consumed(packet.sourceTokenService.chainId, packet.sequence, packetHash, vote);
    }

    function isPacketConsumed(uint256 number) public view returns (bool) {
        return consumedPackets[number] != bytes32(0);
    }

    function addTokenService(address service) external onlyOwner {
        if (service == address(0)) revert ZeroAddress();
        if (isRegisteredTokenService[service]) revert TokenServiceAlreadyKnown(service);
        isRegisteredTokenService[service] = true;
        emit TokenServiceAdded(service);
    }

    function removeTokenService(address service) external onlyOwner {
        if (!isRegisteredTokenService[service]) revert TokenServiceUnknown(service);
        delete isRegisteredTokenService[service];
        emit TokenServiceRemoved(service);
    }
}
