// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract StopIntakeTest is Network {
    function test_endsByItselfAfterSevenDays() public {
        vm.expectEmit(address(core));
        emit IChroomCore.IntakeStopped(uint40(startOf(3)) + 7 days);
        stop();
        vm.warp(startOf(3) + 7 days - 1);
        vm.prank(orchOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.Stopped.selector, startOf(3) + 7 days));
        core.fund(orchId, 1);
        vm.warp(startOf(3) + 7 days);
        vm.prank(orchOwner);
        core.fund(orchId, 1);
        assertEq(core.funds(orchId).total, FUND + 1, "fund");
        assertEq(core.stoppedSeconds(startOf(3)), 7 days, "stopped");
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
        vm.warp(startOf(3) + 2 hours);
        assertEq(core.stoppedSeconds(startOf(3)), 1 hours, "stopped");
        vm.prank(governor);
        vm.expectRevert(IChroomCore.NotStopped.selector);
        core.resumeIntake();
    }

    function test_aStopDuringAStopCountsTheirTimeOnce() public {
        stop();
        vm.warp(startOf(3) + 1 days);
        stopUntil(startOf(3) + 8 days);
        vm.warp(startOf(3) + 9 days);
        assertEq(core.stoppedSeconds(startOf(3)), 8 days, "both");
        assertEq(core.stoppedSeconds(startOf(3) + 1 days), 7 days, "the second");
        assertEq(core.stoppedSeconds(startOf(3) + 23 hours), 7 days + 1 hours, "the second and the end of the first");
    }

    function test_countsAStopThatLastsUpToNow() public {
        assertEq(core.stoppedSeconds(0), 0, "none yet");
        stop();
        assertEq(core.stoppedSeconds(0), 0, "at its start");
        vm.warp(startOf(3) + 3 days);
        assertEq(core.stoppedSeconds(0), 3 days, "while it lasts");
        assertEq(core.stoppedSeconds(startOf(3) + 3 days), 0, "since now");
        vm.warp(startOf(3) + 70 days);
        assertEq(core.stoppedSeconds(0), 7 days, "long after");
    }

    /// @dev However many there were, and wherever the question falls: the sum of what each has after `since`.
    function test_countsEveryStopSinceThatTime(uint8 count, uint256 seed, uint256 since) public {
        uint256[] memory froms = new uint256[](bound(count, 1, 40));
        uint256[] memory untils = new uint256[](froms.length);
        for (uint256 i = 0; i < froms.length; i++) {
            vm.warp(vm.getBlockTimestamp() + uint256(keccak256(abi.encode(seed, i))) % 12 hours);
            froms[i] = vm.getBlockTimestamp();
            untils[i] = froms[i] + uint256(keccak256(abi.encode(seed, i, "length"))) % (12 hours);
            stopUntil(untils[i]);
        }
        since = bound(since, startOf(3), vm.getBlockTimestamp());
        uint256 expected;
        for (uint256 i = 0; i < froms.length; i++) {
            uint256 counted = froms[i] > since ? froms[i] : since;
            if (untils[i] > counted) expected += untils[i] - counted;
        }
        assertEq(core.stoppedSeconds(since), expected, "seconds");
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
