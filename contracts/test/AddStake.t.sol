// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract AddStakeTest is Network {
    function test_anybodyMayAdd(uint96 amount) public {
        amount = uint96(bound(amount, 1, 9 * STAKE));
        vm.expectEmit(address(core));
        emit IChroomCore.StakeAdded(nodeId, amount, STAKE + amount);
        vm.prank(orchOwner);
        core.addStake(nodeId, amount);
        assertEq(core.member(nodeId).stake, STAKE + amount, "stake");
        assertEq(token.balanceOf(address(core)), uint256(STAKE) + FUND + amount, "balance");
    }

    function test_refusesNothing() public {
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.addStake(nodeId, 0);
    }

    function test_refusesUnknownMembers(uint64 id) public {
        vm.assume(id == 0 || id > 2);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotAMember.selector, id));
        core.addStake(id, 1);
    }

    function test_refusesWhileStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        vm.expectPartialRevert(IChroomCore.Stopped.selector);
        core.addStake(nodeId, 1);
    }
}
