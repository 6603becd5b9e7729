// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {InPacket, OutPacket, Vote} from "./Packets.sol";

/// What a token service needs of a bridge; Verulink's bridge has the same two functions.
interface IBridge {
    function sendMessage(OutPacket memory packet) external;

    function consume(InPacket memory packet, bytes calldata signatures) external returns (Vote);
}
