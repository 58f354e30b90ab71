// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract OpenBatchTest is Network {
    uint256 private constant LARGEST_VOLUME = uint256(CAPACITY_KBPS) * 1000 * EPOCH_SECONDS / 8;

    function setUp() public override {
        super.setUp();
        vm.startPrank(address(proofs));
    }

    function test_reserves(uint96 value, uint64 volume) public {
        value = uint96(bound(value, 0, 49e18));
        volume = uint64(bound(volume, 0, LARGEST_VOLUME));
        (address nodeSigner, address orchSigner) = core.openBatch(nodeId, orchId, 3, value, volume);
        assertEq(nodeSigner, vm.addr(NODE_KEY), "the node's key");
        assertEq(orchSigner, vm.addr(ORCH_KEY), "the orchestrator's key");
        assertEq(core.member(nodeId).atRisk, value, "at risk");
        assertEq(core.funds(orchId).reserved, value, "reserved");
    }

    function test_refusesOtherCallers(address caller) public {
        vm.assume(caller != address(proofs));
        vm.stopPrank();
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotProofs.selector, caller));
        core.openBatch(nodeId, orchId, 3, 1, 1);
    }

    function test_refusesWhileStopped() public {
        vm.stopPrank();
        vm.prank(guardian);
        core.stopIntake();
        vm.prank(address(proofs));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.Stopped.selector, startOf(3) + 7 days));
        core.openBatch(nodeId, orchId, 3, 1, 1);
    }

    function test_refusesAnotherKindAsNode() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, orchId, IChroomCore.Kind.Node, IChroomCore.Kind.Orchestrator
            )
        );
        core.openBatch(orchId, orchId, 3, 1, 1);
    }

    function test_refusesAnotherKindAsOrchestrator() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, nodeId, IChroomCore.Kind.Orchestrator, IChroomCore.Kind.Node
            )
        );
        core.openBatch(nodeId, nodeId, 3, 1, 1);
    }

    function test_refusesAnUnknownNode(uint64 id) public {
        id = unknownId(id);
        vm.expectRevert(
            abi.encodeWithSelector(IChroomCore.WrongKind.selector, id, IChroomCore.Kind.Node, IChroomCore.Kind.None)
        );
        core.openBatch(id, orchId, 3, 1, 1);
    }

    function test_refusesAnUnknownOrchestrator(uint64 id) public {
        id = unknownId(id);
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, id, IChroomCore.Kind.Orchestrator, IChroomCore.Kind.None
            )
        );
        core.openBatch(nodeId, id, 3, 1, 1);
        assertEq(core.member(nodeId).atRisk, 0, "at risk");
    }

    function test_refusesANodeThatIsNotActiveYet() public {
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, nodeId, 0));
        core.openBatch(nodeId, orchId, 0, 1, 1);
        core.openBatch(nodeId, orchId, 1, 1, 1);
    }

    function test_refusesAnOrchestratorThatIsNotActiveYet() public {
        vm.stopPrank();
        vm.startPrank(orchOwner);
        uint64 late = core.register(IChroomCore.Kind.Orchestrator, vm.addr(9), 0, 0, "");
        core.fund(late, FUND);
        vm.stopPrank();
        vm.startPrank(address(proofs));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, late, 3));
        core.openBatch(nodeId, late, 3, 1, 1);
        (, address signer) = core.openBatch(nodeId, late, 4, 1, 1);
        assertEq(signer, vm.addr(9), "from its first epoch on");
    }

    function test_refusesANodeFromItsExitEpochOn() public {
        vm.stopPrank();
        vm.prank(nodeOwner);
        core.requestExit(nodeId);
        vm.startPrank(address(proofs));
        core.openBatch(nodeId, orchId, 3, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, nodeId, 4));
        core.openBatch(nodeId, orchId, 4, 1, 1);
    }

    function test_refusesAnOrchestratorFromItsExitEpochOn() public {
        vm.stopPrank();
        vm.prank(orchOwner);
        core.requestExit(orchId);
        vm.startPrank(address(proofs));
        core.openBatch(nodeId, orchId, 3, 1, 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotActive.selector, orchId, 4));
        core.openBatch(nodeId, orchId, 4, 1, 1);
    }

    function test_refusesVolumeAboveTheCapacity() public {
        uint256 allowedBits = LARGEST_VOLUME * 8;
        core.openBatch(nodeId, orchId, 3, 1, uint64(LARGEST_VOLUME));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.OverCapacity.selector, allowedBits + 8, allowedBits));
        core.openBatch(nodeId, orchId, 4, 1, uint64(LARGEST_VOLUME + 1));
    }

    function test_refusesAStakeBelowTwentyValuesAndOneToken() public {
        // 20 * 49.95 + 1 = 1000 tokens, the whole stake.
        core.openBatch(nodeId, orchId, 3, 49.95e18, 1);
        vm.expectRevert(
            abi.encodeWithSelector(IChroomCore.StakeTooSmall.selector, nodeId, uint256(STAKE) + 20, STAKE)
        );
        core.openBatch(nodeId, orchId, 4, 49.95e18 + 1, 1);
    }

    function test_refusesEvenNothingWithoutTheFloor() public {
        vm.stopPrank();
        vm.prank(nodeOwner);
        uint64 poor = core.register(IChroomCore.Kind.Node, vm.addr(9), 1000, 1e18 - 1, "");
        vm.prank(address(proofs));
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.StakeTooSmall.selector, poor, 1e18, 1e18 - 1));
        core.openBatch(poor, orchId, 4, 0, 1);
    }

    function test_refusesMoreThanAQuarterOfTheStakeAtRisk() public {
        vm.stopPrank();
        vm.prank(orchOwner);
        core.fund(orchId, 1000e18);
        vm.startPrank(address(proofs));
        for (uint32 epoch = 3; epoch < 8; epoch++) core.openBatch(nodeId, orchId, epoch, 49e18, 1);
        core.openBatch(nodeId, orchId, 8, 5e18, 1);
        assertEq(core.member(nodeId).atRisk, 250e18, "a quarter");
        vm.expectRevert(
            abi.encodeWithSelector(IChroomCore.CollateralTooSmall.selector, nodeId, 250e18 + 1, 250e18)
        );
        core.openBatch(nodeId, orchId, 9, 1, 1);
        core.openBatch(nodeId, orchId, 10, 0, 1);
    }

    function test_refusesMoreThanTheFreeFund() public {
        core.openBatch(nodeId, orchId, 3, 49e18, 1);
        core.openBatch(nodeId, orchId, 4, 49e18, 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.FundTooSmall.selector, orchId, 2e18 + 1, 2e18));
        core.openBatch(nodeId, orchId, 5, 2e18 + 1, 1);
        core.openBatch(nodeId, orchId, 5, 2e18, 1);
    }

    function test_anAnnouncedWithdrawalStillPaysForBatches() public {
        vm.stopPrank();
        vm.prank(orchOwner);
        core.requestFundWithdrawal(orchId, FUND);
        vm.prank(address(proofs));
        core.openBatch(nodeId, orchId, 3, 49e18, 1);
        assertEq(core.funds(orchId).reserved, 49e18, "reserved");
    }

    /// Zero, or more than there are members.
    function unknownId(uint64 id) private view returns (uint64) {
        return id == 0 ? 0 : uint64(bound(id, core.memberCount() + 1, type(uint64).max));
    }
}
