// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract ClaimTest is Network {
    address private constant TO = address(0x70);

    function test_paysWhatWasEarned(uint96 value) public {
        value = uint96(bound(value, 1, 49e18));
        earn(value);
        uint96 expected = value - value / 20;
        vm.expectEmit(address(core));
        emit IChroomCore.Claimed(nodeId, TO, expected);
        vm.prank(nodeOwner);
        assertEq(core.claim(nodeId, TO), expected, "amount");
        assertEq(token.balanceOf(TO), expected, "received");
        assertEq(core.accrued(nodeId), 0, "accrued");
    }

    function test_refusesTwice() public {
        earn(1e18);
        vm.startPrank(nodeOwner);
        core.claim(nodeId, TO);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NothingToClaim.selector, nodeId));
        core.claim(nodeId, TO);
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != nodeOwner);
        earn(1e18);
        vm.prank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.claim(nodeId, caller);
    }

    function test_refusesNobody() public {
        earn(1e18);
        vm.prank(nodeOwner);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        core.claim(nodeId, address(0));
    }

    function test_goesOnWhileTheIntakeIsStopped() public {
        earn(1e18);
        vm.prank(guardian);
        core.stopIntake();
        vm.prank(nodeOwner);
        core.claim(nodeId, TO);
        assertEq(token.balanceOf(TO), 0.95e18, "received");
    }
}
