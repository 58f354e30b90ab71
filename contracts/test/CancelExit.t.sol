// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract CancelExitTest is Network {
    function test_staysAsIfItHadNeverAsked(uint256 into) public {
        vm.startPrank(nodeOwner);
        core.requestExit(nodeId);
        vm.warp(startOf(3) + bound(into, 0, EPOCH_SECONDS - 1));
        vm.expectEmit(address(core));
        emit IChroomCore.ExitCancelled(nodeId);
        core.cancelExit(nodeId);
        assertEq(core.member(nodeId).exitEpoch, 0, "exit epoch");
        assertEq(core.member(nodeId).activeFrom, 1, "active from");
        assertEq(core.stakeWithdrawableAt(nodeId), 0, "withdrawable");
        assertTrue(core.isActive(nodeId, 3) && core.isActive(nodeId, 4), "active");
    }

    function test_refusesOnceTheExitHasBegun(uint256 late) public {
        vm.startPrank(nodeOwner);
        core.requestExit(nodeId);
        vm.warp(startOf(4) + bound(late, 0, 365 days));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.ExitBegun.selector, nodeId, 4));
        core.cancelExit(nodeId);
    }

    /// @dev Found in review: coming back made the member inactive in the epochs before, and their batches unpayable.
    function test_anOrchestratorCannotEscapeItsNodesByLeavingAndComingBack() public {
        vm.startPrank(orchOwner);
        core.requestExit(orchId);
        vm.warp(startOf(4));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.ExitBegun.selector, orchId, 4));
        core.cancelExit(orchId);
        vm.stopPrank();
        BatchHeader memory header = headerOf(3, 1e18);
        submit(header);
        assertEq(core.funds(orchId).reserved, 1e18, "reserved");
    }

    function test_refusesWithoutARequest() public {
        vm.prank(nodeOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.ExitNotRequested.selector, nodeId));
        core.cancelExit(nodeId);
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != nodeOwner);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.cancelExit(nodeId);
    }
}
