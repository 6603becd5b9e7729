// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Owned} from "./Owned.sol";

/// Who attests, and how many of them it takes. Invariant after every call: the quorum is more than half of the
/// attestors and no more than all of them, so no two quorums can disagree about a packet.
abstract contract AttestorSet is Owned {
    mapping(address attestor => bool) public isAttestor;
    uint256 public attestorCount;
    uint256 public quorumRequired;

    event AttestorAdded(address indexed attestor);
    event AttestorRemoved(address indexed attestor);
    event QuorumUpdated(uint256 oldQuorum, uint256 newQuorum);

    error AttestorAlreadyKnown(address attestor);
    error AttestorUnknown(address attestor);
    error QuorumNotMajority(uint256 quorum, uint256 attestorCount);
    error QuorumAboveAttestors(uint256 quorum, uint256 attestorCount);

    constructor(address[] memory attestors, uint256 quorum) {
        _addAttestors(attestors);
        _setQuorum(quorum);
    }

    function addAttestor(address attestor, uint256 newQuorumRequired) external onlyOwner {
        _addAttestor(attestor);
        _setQuorum(newQuorumRequired);
    }

    function addAttestors(address[] memory attestors, uint256 newQuorumRequired) external onlyOwner {
        _addAttestors(attestors);
        _setQuorum(newQuorumRequired);
    }

    function removeAttestor(address attestor, uint256 newQuorumRequired) external onlyOwner {
        if (!isAttestor[attestor]) revert AttestorUnknown(attestor);
        delete isAttestor[attestor];
        attestorCount--;
        emit AttestorRemoved(attestor);
        _setQuorum(newQuorumRequired);
    }

    function updateQuorum(uint256 newQuorumRequired) external onlyOwner {
        _setQuorum(newQuorumRequired);
    }

    function _addAttestors(address[] memory attestors) private {
        for (uint256 i = 0; i < attestors.length; i++) {
            _addAttestor(attestors[i]);
        }
    }

    /// The zero address must stay out: ecrecover answers it for a signature that is none.
    function _addAttestor(address attestor) private {
        if (attestor == address(0)) revert ZeroAddress();
        if (isAttestor[attestor]) revert AttestorAlreadyKnown(attestor);
        isAttestor[attestor] = true;
        attestorCount++;
        emit AttestorAdded(attestor);
    }

    function _setQuorum(uint256 quorum) private {
        if (quorum <= attestorCount / 2) revert QuorumNotMajority(quorum, attestorCount);
        if (quorum > attestorCount) revert QuorumAboveAttestors(quorum, attestorCount);
        emit QuorumUpdated(quorumRequired, quorum);
        quorumRequired = quorum;
    }
}
