// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

import {IERC20} from "./IERC20.sol";

/// A token whose transfers run a call of somebody's choice, or report failure: the worst a supported token can do.
contract MeddlingToken is IERC20 {
    address private target;
    bytes private data;
    bool private failing;

    function aim(address target_, bytes calldata data_) external {
        target = target_;
        data = data_;
    }

    function fail() external {
        failing = true;
    }

    function transfer(address, uint256) external returns (bool) {
        return _meddle();
    }

    function transferFrom(address, address, uint256) external returns (bool) {
        return _meddle();
    }

    function _meddle() private returns (bool) {
        if (target != address(0)) {
            (bool success, bytes memory answer) = target.call(data);
            if (!success) {
                assembly {
                    revert(add(answer, 32), mload(answer))
                }
            }
        }
        return !failing;
    }
}
