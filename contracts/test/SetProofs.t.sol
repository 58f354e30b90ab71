// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract SetProofsTest is Network {
    address private constant NEXT = address(0x71);

    function test_theNextModuleWaitsTheUnbondingTime(uint256 early) public {
        schedule(NEXT);
        early = startOf(3) + UNBONDING - bound(early, 1, UNBONDING);
        vm.warp(early);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.TooEarly.selector, early, startOf(3) + UNBONDING));
        core.activateProofs();
        vm.warp(startOf(3) + UNBONDING);
        core.activateProofs();
        assertEq(core.proofs(), NEXT, "in force");
        vm.expectRevert(IChroomCore.NothingScheduled.selector);
        core.activateProofs();
    }

    function test_theModuleBeforeEndsItsBatchesAndOpensNone() public {
        schedule(NEXT);
        uint32 last = uint32((startOf(3) + UNBONDING - CLOCK_START) / EPOCH_SECONDS) - 1;
        vm.warp(startOf(3) + UNBONDING);
        BatchHeader memory header = headerOf(last, 1e18);
        submit(header);
        core.activateProofs();
        BatchHeader memory late = headerOf(last - 1, 1e18);
        (bytes memory node, bytes memory orch) = (sign(NODE_KEY, late), sign(ORCH_KEY, late));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotProofs.selector, address(proofs)));
        proofs.submit(late, node, orch);
        vm.warp(startOf(3) + UNBONDING + 48 hours);
        proofs.settle(header);
        assertState(header, IChroomProofs.State.Settled);
        vm.prank(NEXT);
        core.openBatch(nodeId, orchId, last, 1, 1);
    }

    function test_refusesOthersAndZero(address caller) public {
        vm.prank(governor);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        core.setProofs(address(0));
        vm.assume(caller != governor);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotGovernor.selector, caller));
        core.setProofs(NEXT);
    }

    function schedule(address next) private {
        vm.prank(governor);
        core.setProofs(next);
    }
}
