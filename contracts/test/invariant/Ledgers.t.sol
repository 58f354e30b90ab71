// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomProofs} from "../../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../../src/proofs/SignedTypes.sol";
import {HandledNetwork} from "./HandledNetwork.sol";
import {NetworkHandler} from "./NetworkHandler.sol";

/// @notice What holds after any sequence of actions; every one is an equality.
contract LedgersInvariant is HandledNetwork {
    NetworkHandler private handler;

    function setUp() public override {
        super.setUp();
        handler = beginHandler();
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
            bytes32 key = header.batchKey();
            IChroomProofs.State ending = handler.ending(key);
            assertState(header, ending == IChroomProofs.State.None ? IChroomProofs.State.Submitted : ending);
            assertEq(handler.timesPaid(key), ending == IChroomProofs.State.Settled ? 1 : 0, "times paid");
        }
    }
}
