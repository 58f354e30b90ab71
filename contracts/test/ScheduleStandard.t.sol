// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChroomProofs} from "../src/ChroomProofs.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {Standard, StandardOutOfBounds} from "../src/types/Standard.sol";
import {Network} from "./setup/Network.sol";

contract ScheduleStandardTest is Network {
    function test_isInForceAfterTheDelay(uint32 minKbps) public {
        Standard memory next = startStandard();
        next.minKbps = uint32(bound(minKbps, 0, 1_000_000));
        vm.expectEmit(address(proofs));
        emit IChroomProofs.StandardScheduled(1, 48, next);
        vm.prank(governor);
        assertEq(proofs.scheduleStandard(next), 1, "version");
        assertEq(proofs.versionCount(), 2, "count");
        assertEq(proofs.standardFrom(1), 48, "first epoch");
        assertEq(proofs.versionAt(47), 0, "before");
        assertEq(proofs.versionAt(48), 1, "from then on");
        assertEq(keccak256(abi.encode(proofs.standard(1))), keccak256(abi.encode(next)), "as scheduled");
    }

    function test_findsTheVersionOfEveryEpoch(uint8[6] memory gaps) public {
        uint256 epoch = 3;
        uint256[7] memory from;
        for (uint256 i = 0; i < 6; i++) {
            epoch += gaps[i];
            vm.warp(startOf(epoch));
            vm.prank(governor);
            from[i + 1] = proofs.standardFrom(proofs.scheduleStandard(startStandard()));
            assertEq(from[i + 1], epoch + STANDARD_DELAY, "first epoch");
        }
        for (uint32 asked = 0; asked < epoch + 50; asked += 7) {
            uint256 expected = 0;
            for (uint256 i = 1; i < 7; i++) if (from[i] <= asked) expected = i;
            assertEq(proofs.versionAt(asked), expected, "version");
        }
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != governor);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.NotGovernor.selector, caller));
        proofs.scheduleStandard(startStandard());
    }

    function test_refusesWindowsThatOutliveTheUnbonding() public {
        Standard memory next = startStandard();
        next.challengeWindow = uint32(UNBONDING / 2 - 28 hours);
        vm.prank(governor);
        proofs.scheduleStandard(next);
        next.challengeWindow += 1;
        expectRefusal(next, "windows");
        next = startStandard();
        next.submitWindow = 0;
        expectRefusal(next, "windows");
    }

    function test_refusesEachParameterOutOfItsBounds() public {
        Standard memory next = startStandard();
        next.feeBps = 1001;
        expectRefusal(next, "feeBps");
        next = startStandard();
        next.feeBurnBps += 1;
        expectRefusal(next, "feeSplit");
        next = startStandard();
        next.subsidyCapBps = 6001;
        expectRefusal(next, "subsidyCapBps");
        next = startStandard();
        next.auditBps = 10_001;
        expectRefusal(next, "auditBps");
        next = startStandard();
        next.samples = 0;
        expectRefusal(next, "samples");
        next.samples = 33;
        expectRefusal(next, "samples");
        next = startStandard();
        next.minUptimeSlots = 65;
        expectRefusal(next, "minUptimeSlots");
        next = startStandard();
        next.minKbps = 1_000_001;
        expectRefusal(next, "minKbps");
    }

    function test_refusesQualityAndSlashOutOfTheirBounds() public {
        Standard memory next = startStandard();
        next.lossGoodPpm = next.lossMaxPpm;
        expectRefusal(next, "loss");
        next = startStandard();
        next.lossMaxPpm = 1_000_001;
        expectRefusal(next, "loss");
        next = startStandard();
        next.jitterGoodUs = next.jitterMaxUs;
        expectRefusal(next, "jitter");
        next = startStandard();
        next.jitterMaxUs = 10_000_001;
        expectRefusal(next, "jitter");
        next = startStandard();
        next.slashFinderBps = 7001;
        expectRefusal(next, "slashSplit");
        next = startStandard();
        next.maxOpenRequests = 0;
        expectRefusal(next, "maxOpenRequests");
        next.maxOpenRequests = 65;
        expectRefusal(next, "maxOpenRequests");
    }

    function test_theFirstStandardIsBoundToo() public {
        Standard memory first = startStandard();
        first.feeBps = 1001;
        vm.expectRevert(abi.encodeWithSelector(StandardOutOfBounds.selector, "feeBps"));
        new ChroomProofs(core, governor, STANDARD_DELAY, first);
        vm.expectRevert(IChroomProofs.ZeroGovernor.selector);
        new ChroomProofs(core, address(0), STANDARD_DELAY, startStandard());
    }

    function test_unknownVersionsAreRefused(uint32 version) public {
        version = uint32(bound(version, 1, type(uint32).max));
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.UnknownVersion.selector, version));
        proofs.standard(version);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.UnknownVersion.selector, version));
        proofs.standardFrom(version);
    }

    function expectRefusal(Standard memory next, string memory parameter) private {
        vm.prank(governor);
        vm.expectRevert(abi.encodeWithSelector(StandardOutOfBounds.selector, parameter));
        proofs.scheduleStandard(next);
    }
}
