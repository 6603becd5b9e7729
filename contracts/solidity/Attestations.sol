// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Vote} from "./Packets.sol";

/// Counts the votes in a string of signatures, each r ‖ s ‖ v (65 bytes), by Verulink's rules.
library Attestations {
    uint256 private constant SIGNATURE_LENGTH = 65;

    error SignaturesMalformed(uint256 length);
    error SignaturesTooFew(uint256 given, uint256 required);
    error SignersNotAscending(address previous, address next);
    error SignerUnknown(uint256 index);

    /// The strictly ascending order of signers is what lets each vote once: nothing else stops a repeated signature, or
    /// its twin with the other s. High s is accepted, as Verulink's contract does (bare ecrecover).
    function tally(
        bytes32 packetHash,
        bytes calldata signatures,
        mapping(address => bool) storage attestors,
        uint256 quorum
    ) internal view returns (Vote) {
        if (signatures.length % SIGNATURE_LENGTH != 0) revert SignaturesMalformed(signatures.length);
        uint256 count = signatures.length / SIGNATURE_LENGTH;
        if (count < quorum) revert SignaturesTooFew(count, quorum);

        bytes32 nayDigest = _digest(packetHash, Vote.NAY);
        bytes32 yeaDigest = _digest(packetHash, Vote.YEA);
        uint256 yeas;
        uint256 nays;
        address previous;
        for (uint256 i = 0; i < count; i++) {
            bytes calldata signature = signatures[i * SIGNATURE_LENGTH:(i + 1) * SIGNATURE_LENGTH];
            address signer = _recover(nayDigest, signature);
            if (attestors[signer]) {
                nays++;
            } else {
                signer = _recover(yeaDigest, signature);
                if (!attestors[signer]) revert SignerUnknown(i);
                yeas++;
            }
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            previous = signer;
        }

        if (yeas > nays && yeas >= quorum) return Vote.YEA;
        if (nays >= quorum) return Vote.NAY;
        return Vote.NULL;
    }

    /// What an attestor signs: the packet hash and the vote byte, hashed, as an EIP-191 personal message.
    function _digest(bytes32 packetHash, Vote vote) private pure returns (bytes32) {
        bytes32 voteHash = keccak256(abi.encodePacked(packetHash, vote));
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", voteHash));
    }

    /// The zero address for a signature that is none. Takes v as 27 or 28 and as 0 or 1.
    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        uint8 v = uint8(signature[64]);
        if (v < 27) v += 27;
        return ecrecover(digest, v, bytes32(signature[0:32]), bytes32(signature[32:64]));
    }
}
