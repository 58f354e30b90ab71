// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract StopIntakeTest is Network {
    function test_endsByItselfAfterSevenDays() public {
        vm.expectEmit(address(core));
        emit IChroomCore.IntakeStopped(uint40(startOf(3)) + 7 days);
        stop();
        (uint40 from, uint40 until) = core.stoppage();
        assertEq(from, startOf(3), "from");
        assertEq(until, startOf(3) + 7 days, "until");
        vm.warp(startOf(3) + 7 days - 1);
        vm.prank(orchOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.Stopped.selector, startOf(3) + 7 days));
        core.fund(orchId, 1);
        vm.warp(startOf(3) + 7 days);
        vm.prank(orchOwner);
        core.fund(orchId, 1);
        assertEq(core.funds(orchId).total, FUND + 1, "fund");
    }

    function test_spendsTheRightUntilTheGovernorGivesItAgain(uint256 later) public {
        stop();
        vm.warp(startOf(3) + bound(later, 0, 365 days));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotGuardian.selector, guardian));
        stop();
        vm.prank(governor);
        core.setGuardian(guardian);
        stop();
    }

    function test_theGovernorEndsItEarly() public {
        stop();
        vm.warp(startOf(3) + 1 hours);
        vm.prank(governor);
        core.resumeIntake();
        vm.prank(orchOwner);
        core.fund(orchId, 1);
        (, uint40 until) = core.stoppage();
        assertEq(until, startOf(3) + 1 hours, "until");
        vm.prank(governor);
        vm.expectRevert(IChroomCore.NotStopped.selector);
        core.resumeIntake();
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != guardian && caller != governor);
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotGuardian.selector, caller));
        core.stopIntake();
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotGovernor.selector, caller));
        core.setGuardian(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotGovernor.selector, caller));
        core.resumeIntake();
    }

    function stop() private {
        vm.prank(guardian);
        core.stopIntake();
    }
}
