// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract FundTest is Network {
    function test_anybodyMayAdd(uint96 amount) public {
        amount = uint96(bound(amount, 1, 9 * STAKE));
        vm.expectEmit(address(core));
        emit IChroomCore.Funded(orchId, nodeOwner, amount, FUND + amount);
        vm.prank(nodeOwner);
        core.fund(orchId, amount);
        assertEq(core.funds(orchId).total, FUND + amount, "total");
        assertEq(token.balanceOf(address(core)), uint256(STAKE) + FUND + amount, "balance");
    }

    function test_refusesNothing() public {
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.fund(orchId, 0);
    }

    function test_refusesOtherKinds() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, nodeId, IChroomCore.Kind.Orchestrator, IChroomCore.Kind.Node
            )
        );
        core.fund(nodeId, 1);
    }

    function test_refusesWhileStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        vm.expectPartialRevert(IChroomCore.Stopped.selector);
        core.fund(orchId, 1);
    }
}
