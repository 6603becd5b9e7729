// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {Owned} from "./Owned.sol";

/// An emergency stop in the owner's hand.
abstract contract Pausable is Owned {
    bool public paused;

    event Paused(address account);
    event Unpaused(address account);

    error IsPaused();
    error NotPaused();

    modifier whenNotPaused() {
        if (paused) revert IsPaused();
        _;
    }

    function pause() external onlyOwner whenNotPaused {
        paused = true;
        emit Paused(msg.sender);
    }

    function unpause() external onlyOwner {
        if (!paused) revert NotPaused();
        paused = false;
        emit Unpaused(msg.sender);
    }
}
