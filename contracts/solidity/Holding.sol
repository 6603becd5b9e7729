// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// Keeps what attestors voted NAY on. The local bridge only ever looks at what lies here, so nothing releases it.
contract Holding {
    address public immutable tokenService;

    mapping(address user => mapping(address token => uint256 amount)) public locked;

    event Locked(address account, address token, uint256 amount);

    error CallerNotTokenService(address caller);

    constructor(address tokenService_) {
        tokenService = tokenService_;
    }

    /// Books tokens that the token service has just moved here.
    function lock(address user, address token, uint256 amount) external {
        if (msg.sender != tokenService) revert CallerNotTokenService(msg.sender);
        locked[user][token] += amount;
        emit Locked(user, token, amount);
    }
}
