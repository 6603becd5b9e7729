// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// An oracle with the one function that screening asks, and a list that its owner changes.
contract SanctionsOracle {
    mapping(address => bool) private listed;

    function add(address someone) external {
        listed[someone] = true;
    }

    function isSanctioned(address someone) external view returns (bool) {
        return listed[someone];
    }
}

/// Answers nothing of what is asked.
contract Unrelated {
    function isSanctioned(address) external pure returns (uint256) {
        return 7;
    }
}
