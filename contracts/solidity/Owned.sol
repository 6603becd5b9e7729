// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// One account that configures a contract.
abstract contract Owned {
    address public immutable owner;

    error NotOwner(address caller);
    error ZeroAddress();

    constructor(address owner_) {
        if (owner_ == address(0)) revert ZeroAddress();
        owner = owner_;
    }

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }
}
