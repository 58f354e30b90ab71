// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Network} from "../setup/Network.sol";
import {NetworkHandler} from "./NetworkHandler.sol";

/// @notice A network of which a handler owns every member.
abstract contract HandledNetwork is Network {
    /// @dev A new network each time, in epoch 4.
    function beginHandler() internal returns (NetworkHandler handler) {
        vm.warp(CLOCK_START);
        deploy(token);
        handler = new NetworkHandler(core, proofs, token, governor);
        assertTrue(token.transfer(address(handler), 1_000_000e18), "transfer");
        handler.begin();
        vm.warp(startOf(4));
    }
}
