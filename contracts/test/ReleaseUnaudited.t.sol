// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract ReleaseUnauditedTest is Network {
    BatchHeader private header;
    uint256 private endsAt;

    function setUp() public override {
        super.setUp();
        header = headerOf(3, 1e18);
        vm.warp(startOf(4));
        endsAt = startOf(4) + WINDOWS;
    }

    function test_givesTheReservationBack(uint96 value, address caller) public {
        header.value = uint96(bound(value, 0, 49e18));
        submitSolo(header);
        vm.warp(endsAt + 1);
        vm.expectEmit(address(proofs));
        emit IChroomProofs.BatchRejected(header.batchKey(), header.value);
        vm.expectEmit(address(core));
        emit IChroomCore.BatchReleased(nodeId, orchId, header.value);
        vm.prank(caller);
        proofs.releaseUnaudited(header);
        assertState(header, IChroomProofs.State.Rejected);
        assertEq(core.funds(orchId).reserved, 0, "reserved");
        assertEq(core.funds(orchId).total, FUND, "fund");
        assertEq(core.member(nodeId).atRisk, 0, "at risk");
        assertEq(core.accrued(nodeId), 0, "accrued");
    }

    function test_refusesWhileAnAuditIsPossible(uint256 early) public {
        submitSolo(header);
        early = endsAt - bound(early, 0, WINDOWS);
        vm.warp(early);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AuditStillPossible.selector, early, endsAt));
        proofs.releaseUnaudited(header);
    }

    function test_refusesACoSignedBatch() public {
        submit(header);
        vm.warp(endsAt + 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.NotSolo.selector, header.batchKey()));
        proofs.releaseUnaudited(header);
    }

    function test_refusesTwiceAndToSettleOrSubmitAfterwards() public {
        submitSolo(header);
        vm.warp(endsAt + 1);
        proofs.releaseUnaudited(header);
        bytes memory rejected = abi.encodeWithSelector(
            IChroomProofs.WrongState.selector, header.batchKey(), IChroomProofs.State.Rejected
        );
        vm.expectRevert(rejected);
        proofs.releaseUnaudited(header);
        vm.expectRevert(rejected);
        proofs.settle(header);
        (bytes memory node, bytes memory orch) = (sign(NODE_KEY, header), sign(ORCH_KEY, header));
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AlreadySubmitted.selector, header.batchKey()));
        proofs.submit(header, node, orch);
    }

    function test_refusesAnotherHeader() public {
        submitSolo(header);
        vm.warp(endsAt + 1);
        header.value += 1;
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.HeaderMismatch.selector, header.batchKey()));
        proofs.releaseUnaudited(header);
    }

    function test_refusesWhatWasNeverSubmitted() public {
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.WrongState.selector, header.batchKey(), IChroomProofs.State.None)
        );
        proofs.releaseUnaudited(header);
    }
}
