// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomProofs} from "../../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../../src/proofs/SignedTypes.sol";
import {Network} from "../setup/Network.sol";
import {NetworkHandler} from "./NetworkHandler.sol";

/// @notice What holds after any sequence of actions; every one is an equality.
contract LedgersInvariant is Network {
    NetworkHandler private handler;

    function setUp() public override {
        super.setUp();
        vm.warp(CLOCK_START);
        deploy(token);
        handler = new NetworkHandler(core, proofs, token, governor);
        assertTrue(token.transfer(address(handler), 1_000_000e18), "transfer");
        handler.begin();
        vm.warp(startOf(4));
    }

    /// @dev forge asks this to know what to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_theBalanceIsTheSumOfAllLedgers() public view {
        uint256 sum = core.fees();
        for (uint64 id = 1; id <= core.memberCount(); id++) {
            sum += uint256(core.member(id).stake) + core.funds(id).total + core.accrued(id);
        }
        assertEq(token.balanceOf(address(core)), sum, "balance of the asset");
    }

    function invariant_stakeAndWithdrawnIsWhatWasDeposited() public view {
        uint256 stakes = 0;
        for (uint64 id = 1; id <= core.memberCount(); id++) stakes += core.member(id).stake;
        assertEq(stakes + handler.stakeWithdrawn(), handler.stakeDeposited(), "stake");
    }

    function invariant_fundsAreWhatWasDepositedAndNeitherPaidNorWithdrawn() public view {
        uint256 funds = 0;
        uint256 accrued = 0;
        for (uint64 id = 1; id <= core.memberCount(); id++) {
            funds += core.funds(id).total;
            accrued += core.accrued(id);
        }
        assertEq(funds + handler.paid() + handler.fundWithdrawn(), handler.fundDeposited(), "funds");
        assertEq(accrued + handler.claimed() + core.fees(), handler.paid(), "paid");
    }

    function invariant_whatIsReservedAndAtRiskIsTheOpenValue() public view {
        for (uint64 id = 1; id <= core.memberCount(); id++) {
            uint256 ofNode = 0;
            uint256 ofOrchestrator = 0;
            for (uint256 i = 0; i < handler.batchCount(); i++) {
                BatchHeader memory header = handler.headerAt(i);
                if (stateOf(header) != IChroomProofs.State.Submitted) continue;
                if (header.nodeId == id) ofNode += header.value;
                if (header.orchId == id) ofOrchestrator += header.value;
            }
            assertEq(core.member(id).atRisk, ofNode, "at risk");
            assertEq(core.funds(id).reserved, ofOrchestrator, "reserved");
        }
    }

    function invariant_aBatchIsPaidAtMostOnceAndEndsForGood() public view {
        for (uint256 i = 0; i < handler.batchCount(); i++) {
            BatchHeader memory header = handler.headerAt(i);
            uint256 expected = stateOf(header) == IChroomProofs.State.Settled ? 1 : 0;
            assertEq(handler.timesPaid(header.batchKey()), expected, "times paid");
        }
    }
}

/// @notice The invariants say nothing when nothing succeeds: a scripted walk shows that each action of the handler can.
contract NetworkHandlerTest is Network {
    function test_eachActionSucceeds() public {
        NetworkHandler handler = new NetworkHandler(core, proofs, token, governor);
        assertTrue(token.transfer(address(handler), 1_000_000e18), "transfer");
        handler.begin();
        handler.register(true, 10e18);
        handler.addStake(0, 5e18);
        vm.warp(startOf(6));
        handler.setSigner(1, 2);
        handler.submit(0, 0, 1, 3e18, false);
        handler.submit(1, 0, 1, 3e18, true);
        handler.requestFundWithdrawal(1, 5e18);
        handler.requestExit(2);
        handler.cancelExit(2);
        handler.requestExit(2);
        for (uint256 i = 0; i < 5; i++) handler.pass(3 days);
        handler.settle(0);
        handler.release(1);
        handler.claim(0);
        handler.withdrawFund(1);
        handler.withdrawStake(2);
        handler.stopAndResume(true);
        string[14] memory actions = [
            "register", "addStake", "fund", "setSigner", "submit", "submitSolo", "requestFundWithdrawal", "requestExit",
            "cancelExit", "settle", "release", "claim", "withdrawFund", "withdrawStake"
        ];
        for (uint256 i = 0; i < actions.length; i++) assertTrue(handler.successes(actions[i]) > 0, actions[i]);
        assertTrue(handler.successes("stopIntake") > 0, "stopIntake");
    }
}
