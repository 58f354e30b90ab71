// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ChroomCore} from "../../src/ChroomCore.sol";
import {ChroomProofs} from "../../src/ChroomProofs.sol";
import {ChroomToken} from "../../src/ChroomToken.sol";
import {IChroomCore} from "../../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../../src/proofs/SignedTypes.sol";
import {Clock} from "../../src/types/Clock.sol";
import {Standard} from "../../src/types/Standard.sol";
import {Assertions} from "./Assertions.sol";

/// @notice A small network with the start values of production: one node, one orchestrator with a fund, epoch 3.
abstract contract Network is Assertions {
    uint40 internal constant CLOCK_START = 1_700_000_000;
    uint32 internal constant SLOT_SECONDS = 60;
    uint256 internal constant EPOCH_SECONDS = 64 * 60;
    uint40 internal constant UNBONDING = 8 days;
    uint40 internal constant WINDOWS = 12 hours + 4 hours + 12 hours + 48 hours;
    uint32 internal constant STANDARD_DELAY = 45;
    uint32 internal constant CAPACITY_KBPS = 1_000_000;
    uint96 internal constant STAKE = 1000e18;
    uint96 internal constant FUND = 100e18;
    uint256 internal constant SUPPLY = 1_000_000_000e18;
    uint256 internal constant NODE_KEY = 0xA11CE;
    uint256 internal constant ORCH_KEY = 0xB0B;

    address internal governor = address(0x60);
    address internal guardian = address(0x6A);
    address internal nodeOwner = address(0xA1);
    address internal orchOwner = address(0xB1);
    address internal stranger = address(0x57);
    ChroomToken internal token;
    ChroomCore internal core;
    ChroomProofs internal proofs;
    uint64 internal nodeId;
    uint64 internal orchId;

    function setUp() public virtual {
        vm.warp(CLOCK_START);
        token = new ChroomToken(address(this), SUPPLY);
        deploy(IERC20(token));
        give(nodeOwner, 10 * STAKE);
        give(orchOwner, 10 * STAKE);
        vm.prank(nodeOwner);
        nodeId = core.register(IChroomCore.Kind.Node, vm.addr(NODE_KEY), CAPACITY_KBPS, STAKE, "node");
        vm.prank(orchOwner);
        orchId = core.register(IChroomCore.Kind.Orchestrator, vm.addr(ORCH_KEY), 0, 0, "orchestrator");
        vm.prank(orchOwner);
        core.fund(orchId, FUND);
        vm.warp(startOf(3));
    }

    function deploy(IERC20 asset) internal {
        core = new ChroomCore(
            asset, governor, guardian, Clock(CLOCK_START, SLOT_SECONDS), UNBONDING, 4 days, WINDOWS
        );
        proofs = new ChroomProofs(core, governor, STANDARD_DELAY, startStandard());
        vm.prank(governor);
        core.setProofs(address(proofs));
    }

    function give(address account, uint256 amount) internal {
        assertTrue(token.transfer(account, amount), "transfer");
        vm.prank(account);
        token.approve(address(core), type(uint256).max);
    }

    function startOf(uint256 epoch) internal pure returns (uint256) {
        return CLOCK_START + epoch * EPOCH_SECONDS;
    }

    function startStandard() internal pure returns (Standard memory) {
        return Standard({
            submitWindow: 12 hours,
            backDatingBound: 4 hours,
            answerWindow: 12 hours,
            challengeWindow: 48 hours,
            feeBps: 500,
            feeBurnBps: 4000,
            feeTreasuryBps: 4000,
            feeContributorBps: 2000,
            subsidyCapBps: 6000,
            auditBps: 1000,
            samples: 8,
            minUptimeSlots: 58,
            minKbps: 16,
            lossGoodPpm: 10_000,
            lossMaxPpm: 100_000,
            jitterGoodUs: 20_000,
            jitterMaxUs: 100_000,
            slashFinderBps: 1000,
            slashOrchestratorBps: 3000,
            maxOpenRequests: 16,
            requestBond: 1e18
        });
    }

    function headerOf(uint32 epoch, uint96 value) internal view returns (BatchHeader memory) {
        return BatchHeader({
            nodeId: nodeId,
            orchId: orchId,
            epoch: epoch,
            leaves: 3,
            value: value,
            volume: 1 << 30,
            slots: type(uint64).max,
            root: keccak256("root"),
            data: keccak256("data")
        });
    }

    function digestOf(BatchHeader memory header) internal view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", proofs.domainSeparator(), header.hashBatchHeader()));
    }

    function sign(uint256 key, BatchHeader memory header) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digestOf(header));
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    /// @dev Submits with both signatures; the clock must be behind the epoch.
    function submit(BatchHeader memory header) internal {
        proofs.submit(header, sign(NODE_KEY, header), sign(ORCH_KEY, header));
    }

    function submitSolo(BatchHeader memory header) internal {
        proofs.submit(header, sign(NODE_KEY, header), "");
    }

    /// @dev Stops the intake until then, as often as one likes: the governor appoints the guardian anew each time.
    function stopUntil(uint256 until) internal {
        vm.prank(governor);
        core.setGuardian(guardian);
        vm.prank(guardian);
        core.stopIntake();
        bool byItself = until == vm.getBlockTimestamp() + 7 days;
        vm.warp(until);
        if (byItself) return;
        vm.prank(governor);
        core.resumeIntake();
    }

    /// @dev One paid batch of epoch 3; the node has accrued 95 % of `value`.
    function earn(uint96 value) internal {
        BatchHeader memory header = headerOf(3, value);
        vm.warp(startOf(4));
        submit(header);
        vm.warp(startOf(4) + 48 hours);
        proofs.settle(header);
    }

    function stateOf(BatchHeader memory header) internal view returns (IChroomProofs.State) {
        return proofs.batch(header.batchKey()).state;
    }

    function assertState(BatchHeader memory header, IChroomProofs.State expected) internal view {
        assertEq(uint256(stateOf(header)), uint256(expected), "state");
    }
}
