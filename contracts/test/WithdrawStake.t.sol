// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract WithdrawStakeTest is Network {
    address private constant TO = address(0x70);
    uint256 private withdrawableAt;

    function setUp() public override {
        super.setUp();
        vm.prank(nodeOwner);
        core.requestExit(nodeId);
        withdrawableAt = startOf(4) + UNBONDING;
    }

    function test_paysTheWholeStake(uint256 late) public {
        vm.warp(withdrawableAt + bound(late, 0, 365 days));
        vm.expectEmit(address(core));
        emit IChroomCore.StakeWithdrawn(nodeId, TO, STAKE);
        vm.prank(nodeOwner);
        core.withdrawStake(nodeId, TO);
        assertEq(token.balanceOf(TO), STAKE, "received");
        assertEq(core.member(nodeId).stake, 0, "stake");
    }

    function test_refusesBeforeTheUnbondingIsOver(uint256 early) public {
        early = withdrawableAt - bound(early, 1, UNBONDING);
        vm.warp(early);
        vm.prank(nodeOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.TooEarly.selector, early, withdrawableAt));
        core.withdrawStake(nodeId, TO);
    }

    function test_refusesWhileABatchIsOpen() public {
        BatchHeader memory header = headerOf(3, 1e18);
        vm.warp(startOf(4));
        submit(header);
        vm.warp(withdrawableAt);
        vm.prank(nodeOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.StakeAtRisk.selector, nodeId, 1e18));
        core.withdrawStake(nodeId, TO);
        proofs.settle(header);
        vm.prank(nodeOwner);
        core.withdrawStake(nodeId, TO);
        assertEq(token.balanceOf(TO), STAKE, "received");
    }

    function test_refusesTwice() public {
        vm.warp(withdrawableAt);
        vm.startPrank(nodeOwner);
        core.withdrawStake(nodeId, TO);
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.withdrawStake(nodeId, TO);
    }

    function test_refusesWithoutARequest() public {
        vm.prank(orchOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.ExitNotRequested.selector, orchId));
        core.withdrawStake(orchId, TO);
    }

    function test_refusesOthersAndNobody(address caller) public {
        vm.warp(withdrawableAt);
        vm.prank(nodeOwner);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        core.withdrawStake(nodeId, address(0));
        vm.assume(caller != nodeOwner);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.withdrawStake(nodeId, caller);
    }

    function test_goesOnWhileTheIntakeIsStopped() public {
        vm.warp(withdrawableAt);
        vm.prank(guardian);
        core.stopIntake();
        vm.prank(nodeOwner);
        core.withdrawStake(nodeId, TO);
        assertEq(token.balanceOf(TO), STAKE, "received");
    }
}
