// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

/// @notice What a proofs module can do to the custodian, whatever it is: nothing beyond what it has reserved.
contract CoreSettleTest is Network {
    function test_refusesOtherCallers(address caller) public {
        vm.assume(caller != address(proofs) && caller != address(0));
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotProofs.selector, caller));
        core.settle(nodeId, orchId, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotProofs.selector, caller));
        core.reject(nodeId, orchId, 0);
    }

    function test_neverPaysMoreThanWasReserved(uint96 reserved, uint96 paid) public {
        reserved = uint96(bound(reserved, 0, 49e18));
        paid = uint96(bound(paid, uint256(reserved) + 1, type(uint96).max));
        vm.startPrank(address(proofs));
        core.openBatch(nodeId, orchId, 3, reserved, 1);
        vm.expectRevert();
        core.settle(nodeId, orchId, paid, 0);
        vm.expectRevert();
        core.reject(nodeId, orchId, paid);
        core.settle(nodeId, orchId, reserved, 0);
        assertEq(core.accrued(nodeId), reserved, "accrued");
    }

    function test_neverKeepsMoreThanATenth(uint96 value, uint96 fee) public {
        value = uint96(bound(value, 0, 49e18));
        fee = uint96(bound(fee, uint256(value) / 10 + 1, type(uint96).max));
        vm.startPrank(address(proofs));
        core.openBatch(nodeId, orchId, 3, value, 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.FeeTooLarge.selector, value, fee));
        core.settle(nodeId, orchId, value, fee);
        core.settle(nodeId, orchId, value, value / 10);
        assertEq(core.fees(), value / 10, "fees");
    }
}
