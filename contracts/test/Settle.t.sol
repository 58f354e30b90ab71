// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Standard} from "../src/types/Standard.sol";
import {Network} from "./setup/Network.sol";

contract SettleTest is Network {
    BatchHeader private header;
    uint256 private closesAt;

    function setUp() public override {
        super.setUp();
        header = headerOf(3, 1e18);
        vm.warp(startOf(4));
        closesAt = startOf(4) + 48 hours;
    }

    function test_paysTheNodeAndTheNetwork(uint96 value, address caller) public {
        header.value = uint96(bound(value, 0, 49e18));
        submit(header);
        vm.warp(closesAt);
        uint96 fee = header.value / 20;
        vm.expectEmit(address(proofs));
        emit IChroomProofs.BatchSettled(header.batchKey(), header.value, fee);
        vm.expectEmit(address(core));
        emit IChroomCore.BatchPaid(nodeId, orchId, header.value, fee);
        vm.prank(caller);
        proofs.settle(header);
        assertState(header, IChroomProofs.State.Settled);
        assertEq(core.accrued(nodeId), header.value - fee, "accrued");
        assertEq(core.fees(), fee, "fees");
        assertEq(core.funds(orchId).total, FUND - header.value, "fund");
        assertEq(core.funds(orchId).reserved, 0, "reserved");
        assertEq(core.member(nodeId).atRisk, 0, "at risk");
        assertEq(core.member(nodeId).stake, STAKE, "stake");
    }

    function test_settlesOnce() public {
        submit(header);
        vm.warp(closesAt);
        proofs.settle(header);
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomProofs.WrongState.selector, header.batchKey(), IChroomProofs.State.Settled
            )
        );
        proofs.settle(header);
    }

    function test_refusesWhatWasNeverSubmitted() public {
        vm.expectRevert(
            abi.encodeWithSelector(IChroomProofs.WrongState.selector, header.batchKey(), IChroomProofs.State.None)
        );
        proofs.settle(header);
    }

    function test_refusesBeforeTheChallengeWindowIsOver(uint256 early) public {
        submit(header);
        early = closesAt - bound(early, 1, 48 hours);
        vm.warp(early);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.ChallengeWindowOpen.selector, early, closesAt));
        proofs.settle(header);
    }

    function test_refusesAnotherHeaderOfTheKey(uint96 value) public {
        submit(header);
        vm.warp(closesAt);
        vm.assume(value != header.value);
        header.value = value;
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.HeaderMismatch.selector, header.batchKey()));
        proofs.settle(header);
    }

    function test_refusesASoloBatchWithoutAnAudit() public {
        submitSolo(header);
        vm.warp(closesAt);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AuditRequired.selector, header.batchKey()));
        proofs.settle(header);
    }

    function test_goesOnWhileTheIntakeIsStopped() public {
        submit(header);
        vm.warp(closesAt);
        vm.prank(guardian);
        core.stopIntake();
        proofs.settle(header);
        assertState(header, IChroomProofs.State.Settled);
    }

    function test_goesOnAfterBothHaveLeft() public {
        submit(header);
        vm.prank(nodeOwner);
        core.requestExit(nodeId);
        vm.prank(orchOwner);
        core.requestExit(orchId);
        vm.warp(closesAt);
        proofs.settle(header);
        assertEq(core.accrued(nodeId), 0.95e18, "accrued");
    }

    function test_keepsTheFeeOfTheVersionItWasSubmittedUnder() public {
        Standard memory dearer = startStandard();
        dearer.feeBps = 1000;
        vm.warp(startOf(3));
        vm.prank(governor);
        proofs.scheduleStandard(dearer);
        vm.warp(startOf(49));
        header.epoch = 47;
        submit(header);
        header.epoch = 48;
        submit(header);
        vm.warp(startOf(49) + 48 hours);
        proofs.settle(header);
        assertEq(core.fees(), 0.1e18, "fee of the new version");
        header.epoch = 47;
        proofs.settle(header);
        assertEq(core.fees(), 0.15e18, "fee of the old version");
    }
}
