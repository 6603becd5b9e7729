// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

interface Token {
    function mint(address to, uint256 amount) external;
    function approve(address spender, uint256 amount) external returns (bool);
}

interface Service {
    function transfer(address token, uint256 amount, string memory receiver) external;
}

/// Sends several packets in one transaction, so that a long backlog is made quickly.
contract Burst {
    constructor(Token token, address service) {
        token.mint(address(this), 10 ** 30);
        token.approve(service, type(uint256).max);
    }

    function send(Service service, address token, string memory receiver, uint256 count) external {
        for (uint256 sent = 0; sent < count; sent++) service.transfer(token, 10 + sent, receiver);
    }
}
