// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract RequestExitTest is Network {
    function test_endsWithTheRunningEpoch(uint256 into) public {
        vm.warp(startOf(3) + bound(into, 0, EPOCH_SECONDS - 1));
        uint40 withdrawableAt = uint40(startOf(4)) + UNBONDING;
        vm.expectEmit(address(core));
        emit IChroomCore.ExitRequested(nodeId, 4, withdrawableAt);
        vm.prank(nodeOwner);
        core.requestExit(nodeId);
        assertEq(core.member(nodeId).exitEpoch, 4, "exit epoch");
        assertEq(core.stakeWithdrawableAt(nodeId), withdrawableAt, "withdrawable");
        assertTrue(core.isActive(nodeId, 3) && !core.isActive(nodeId, 4), "active until then");
    }

    function test_refusesTwice() public {
        vm.startPrank(nodeOwner);
        core.requestExit(nodeId);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.AlreadyExiting.selector, nodeId));
        core.requestExit(nodeId);
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != nodeOwner);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.requestExit(nodeId);
    }

    function test_goesOnWhileTheIntakeIsStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        vm.prank(nodeOwner);
        core.requestExit(nodeId);
        assertEq(core.member(nodeId).exitEpoch, 4, "exit epoch");
    }
}
