// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Standard} from "../src/types/Standard.sol";
import {Network} from "./setup/Network.sol";

contract SubmitTest is Network {
    BatchHeader private header;

    function setUp() public override {
        super.setUp();
        header = headerOf(3, 1e18);
        vm.warp(startOf(4));
    }

    function test_reservesTheValueAndStoresTheHeader(uint96 value, uint64 slots, bytes32 root) public {
        header.value = uint96(bound(value, 0, 49e18));
        header.slots = slots;
        header.root = root;
        vm.expectEmit(address(proofs));
        emit IChroomProofs.BatchSubmitted(
            nodeId, orchId, 3, 3, header.value, header.volume, slots, root, header.data, false
        );
        submit(header);
        IChroomProofs.Batch memory stored = proofs.batch(header.batchKey());
        assertEq(stored.headerHash, header.hashBatchHeader(), "header hash");
        assertEq(stored.value, header.value, "value");
        assertEq(stored.submittedAt, startOf(4), "submitted at");
        assertEq(stored.version, 0, "version");
        assertTrue(!stored.solo, "co-signed");
        assertState(header, IChroomProofs.State.Submitted);
        assertEq(core.funds(orchId).reserved, header.value, "reserved");
        assertEq(core.funds(orchId).total, FUND, "total");
        assertEq(core.member(nodeId).atRisk, header.value, "at risk");
    }

    function test_anybodyMaySendIt(address sender) public {
        vm.prank(sender);
        proofs.submit(header, sign(NODE_KEY, header), sign(ORCH_KEY, header));
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_withoutTheOrchestratorItIsSolo() public {
        submitSolo(header);
        assertTrue(proofs.batch(header.batchKey()).solo, "solo");
    }

    function test_acceptsAnyTimeInTheWindow(uint256 wait) public {
        vm.warp(startOf(4) + bound(wait, 0, 12 hours));
        submit(header);
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_refusesNoLeaves() public {
        header.leaves = 0;
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(IChroomProofs.NoLeaves.selector);
        proofs.submit(header, node, orch);
    }

    function test_refusesAnEpochThatRuns(uint256 early) public {
        vm.warp(startOf(4) - bound(early, 1, EPOCH_SECONDS));
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.EpochNotOver.selector, 3, startOf(4)));
        proofs.submit(header, node, orch);
    }

    function test_refusesAfterTheWindow(uint256 late) public {
        late = startOf(4) + 12 hours + bound(late, 1, 365 days);
        vm.warp(late);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.SubmitWindowOver.selector, late, startOf(4) + 12 hours)
        );
        proofs.submit(header, node, orch);
    }

    function test_aStopLengthensTheWindowByItsOwnTime() public {
        vm.warp(startOf(4) + 1 hours);
        vm.prank(guardian);
        core.stopIntake();
        vm.warp(startOf(4) + 7 days + 12 hours + 1);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectPartialRevert(IChroomProofs.SubmitWindowOver.selector);
        proofs.submit(header, node, orch);
        vm.warp(startOf(4) + 7 days + 12 hours);
        submit(header);
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_aStopBeforeTheEpochsEndCountsFromTheEndOn() public {
        vm.warp(startOf(4) - 30 minutes);
        vm.prank(guardian);
        core.stopIntake();
        vm.warp(startOf(4) - 30 minutes + 7 days + 12 hours + 1);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectPartialRevert(IChroomProofs.SubmitWindowOver.selector);
        proofs.submit(header, node, orch);
        vm.warp(startOf(4) - 30 minutes + 7 days + 12 hours);
        submit(header);
    }

    function test_aSecondStopKeepsTheExtensionByTheFirst() public {
        vm.warp(startOf(4) + 1 hours);
        stopUntil(startOf(4) + 1 hours + 7 days);
        vm.warp(startOf(4) + 7 days + 11 hours);
        stopUntil(startOf(4) + 14 days + 11 hours);
        vm.warp(startOf(4) + 14 days + 12 hours + 1);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomProofs.SubmitWindowOver.selector,
                startOf(4) + 14 days + 12 hours + 1,
                startOf(4) + 14 days + 12 hours
            )
        );
        proofs.submit(header, node, orch);
        vm.warp(startOf(4) + 14 days + 12 hours);
        submit(header);
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_aStopAfterTheWindowReopensNothing(uint256 late) public {
        vm.warp(startOf(4) + 12 hours + bound(late, 1, 30 days));
        stopUntil(vm.getBlockTimestamp() + 7 days);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectPartialRevert(IChroomProofs.SubmitWindowOver.selector);
        proofs.submit(header, node, orch);
    }

    /// @dev Stops from before the epoch's end until after its window, in any order of short and long.
    function test_everyStopLengthensTheWindowByWhatFellIntoIt(uint256[6] memory gaps, uint256[6] memory lengths) public {
        vm.warp(startOf(3));
        uint256 closesAt = startOf(4) + 12 hours;
        for (uint256 i = 0; i < gaps.length; i++) {
            vm.warp(vm.getBlockTimestamp() + bound(gaps[i], 0, 4 hours));
            uint256 from = vm.getBlockTimestamp();
            uint256 until = from + bound(lengths[i], 0, i % 2 == 0 ? 2 hours : 7 days);
            stopUntil(until);
            uint256 counted = from > startOf(4) ? from : startOf(4);
            if (from <= closesAt && until > counted) closesAt += until - counted;
        }
        uint256 late = vm.getBlockTimestamp() > closesAt ? vm.getBlockTimestamp() : closesAt + 1;
        (bytes memory node, bytes memory orch) = signatures();
        uint256 inTime = vm.getBlockTimestamp();
        vm.warp(late);
        vm.expectPartialRevert(IChroomProofs.SubmitWindowOver.selector);
        proofs.submit(header, node, orch);
        if (closesAt < inTime) return;
        vm.warp(closesAt);
        submit(header);
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_refusesWhileStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.Stopped.selector, startOf(4) + 7 days));
        proofs.submit(header, node, orch);
    }

    function test_refusesASecondBatchOfTheKey(uint96 other) public {
        submit(header);
        header.value = uint96(bound(other, 0, 1e18));
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AlreadySubmitted.selector, header.batchKey()));
        proofs.submit(header, node, orch);
    }

    function test_refusesAnotherSettledBatchOfTheKey() public {
        submit(header);
        vm.warp(startOf(4) + 48 hours);
        proofs.settle(header);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AlreadySubmitted.selector, header.batchKey()));
        proofs.submit(header, node, orch);
    }

    function test_refusesAForeignNodeSignature(uint256 key) public {
        key = bound(key, 1, 1 << 250);
        vm.assume(key != NODE_KEY);
        (, bytes memory orch) = signatures();
        bytes memory foreign = sign(key, header);
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.NodeSignatureWrong.selector, vm.addr(NODE_KEY), vm.addr(key))
        );
        proofs.submit(header, foreign, orch);
    }

    function test_refusesAForeignOrchestratorSignature(uint256 key) public {
        key = bound(key, 1, 1 << 250);
        vm.assume(key != ORCH_KEY);
        (bytes memory node,) = signatures();
        bytes memory foreign = sign(key, header);
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.OrchestratorSignatureWrong.selector, vm.addr(ORCH_KEY), vm.addr(key))
        );
        proofs.submit(header, node, foreign);
    }

    function test_refusesBytesThatAreNoSignature() public {
        (, bytes memory orch) = signatures();
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.NodeSignatureWrong.selector, vm.addr(NODE_KEY), address(0))
        );
        proofs.submit(header, new bytes(64), orch);
    }

    function test_refusesAnUnknownNodeWithAnUnusableSignature() public {
        header.nodeId = 99;
        (, bytes memory orch) = signatures();
        vm.expectPartialRevert(IChroomCore.WrongKind.selector);
        proofs.submit(header, new bytes(64), orch);
    }

    function test_refusesOtherSignatureLengths(uint8 length) public {
        vm.assume(length != 64);
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.SignatureLength.selector, length));
        proofs.submit(header, new bytes(length), orch);
        if (length == 0) return;
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.SignatureLength.selector, length));
        proofs.submit(header, node, new bytes(length));
    }

    function test_refusesEveryChangedField(uint256 field, uint256 bit) public {
        (bytes memory node, bytes memory orch) = signatures();
        field = bound(field, 0, 5);
        if (field == 0) header.leaves ^= uint32(1 << bound(bit, 2, 31));
        else if (field == 1) header.value ^= uint96(1 << bound(bit, 0, 64));
        else if (field == 2) header.volume ^= uint64(1 << bound(bit, 0, 38));
        else if (field == 3) header.slots ^= uint64(1 << bound(bit, 0, 63));
        else if (field == 4) header.root ^= bytes32(1 << bound(bit, 0, 255));
        else header.data ^= bytes32(1 << bound(bit, 0, 255));
        vm.expectPartialRevert(IChroomProofs.NodeSignatureWrong.selector);
        proofs.submit(header, node, orch);
    }

    function test_refusesASignatureForAnotherChain() public {
        (bytes memory node, bytes memory orch) = signatures();
        vm.chainId(999);
        vm.expectPartialRevert(IChroomProofs.NodeSignatureWrong.selector);
        proofs.submit(header, node, orch);
    }

    function test_checksTheKeysOfTheHeadersEpoch() public {
        vm.prank(nodeOwner);
        core.setSigner(nodeId, vm.addr(7));
        vm.warp(startOf(6));
        submit(header);
        header.epoch = 5;
        bytes memory orch = sign(ORCH_KEY, header);
        bytes memory former = sign(NODE_KEY, header);
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.NodeSignatureWrong.selector, vm.addr(7), vm.addr(NODE_KEY))
        );
        proofs.submit(header, former, orch);
        proofs.submit(header, sign(7, header), orch);
        assertState(header, IChroomProofs.State.Submitted);
    }

    function test_refusesANodeThatIsNotActiveYet() public {
        header.epoch = 0;
        vm.warp(startOf(1));
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, nodeId, 0));
        proofs.submit(header, node, orch);
    }

    function test_refusesAMemberThatHasLeft() public {
        vm.prank(orchOwner);
        core.requestExit(orchId);
        vm.warp(startOf(6));
        header.epoch = 4;
        submit(header);
        header.epoch = 5;
        (bytes memory node, bytes memory orch) = signatures();
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, orchId, 5));
        proofs.submit(header, node, orch);
    }

    function test_judgesByTheStandardOfTheEpochsStart() public {
        vm.warp(startOf(3));
        vm.prank(governor);
        proofs.scheduleStandard(startStandard());
        vm.warp(startOf(49));
        header.epoch = 47;
        submit(header);
        assertEq(proofs.batch(header.batchKey()).version, 0, "version before");
        header.epoch = 48;
        submit(header);
        assertEq(proofs.batch(header.batchKey()).version, 1, "version from then on");
    }

    /// Versions 0 to 3 are in force from epochs 0, 48, 49 and 50 on, each with a window that is an hour shorter.
    function test_theWindowIsThatOfTheEpochsVersion(uint32 epoch, uint256 late) public {
        epoch = uint32(bound(epoch, 46, 52));
        uint32[4] memory window = [uint32(12 hours), 11 hours, 10 hours, 9 hours];
        for (uint256 version = 1; version < 4; version++) {
            Standard memory next = startStandard();
            next.submitWindow = window[version];
            vm.warp(startOf(2 + version));
            vm.prank(governor);
            proofs.scheduleStandard(next);
        }
        uint256 expected = epoch < 48 ? 0 : epoch < 50 ? epoch - 47 : 3;
        uint256 closesAt = startOf(epoch + 1) + window[expected];
        header.epoch = epoch;
        (bytes memory node, bytes memory orch) = signatures();
        late = bound(late, closesAt + 1, closesAt + 30 days);
        vm.warp(late);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.SubmitWindowOver.selector, late, closesAt));
        proofs.submit(header, node, orch);
        vm.warp(closesAt);
        proofs.submit(header, node, orch);
        assertEq(proofs.batch(header.batchKey()).version, expected, "version");
    }

    function signatures() private view returns (bytes memory node, bytes memory orch) {
        return (sign(NODE_KEY, header), sign(ORCH_KEY, header));
    }
}
