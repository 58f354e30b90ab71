// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract WithdrawFundTest is Network {
    address private constant TO = address(0x70);

    function test_paysWhatWasAnnounced(uint96 amount) public {
        amount = uint96(bound(amount, 1, FUND));
        vm.expectEmit(address(core));
        emit IChroomCore.FundWithdrawalRequested(orchId, amount, uint40(startOf(3)) + 4 days);
        announce(amount);
        assertEq(core.fundWithdrawal(orchId).amount, amount, "announced");
        vm.warp(startOf(3) + 4 days);
        vm.expectEmit(address(core));
        emit IChroomCore.FundWithdrawn(orchId, TO, amount);
        vm.prank(orchOwner);
        assertEq(core.withdrawFund(orchId, TO), amount, "amount");
        assertEq(token.balanceOf(TO), amount, "received");
        assertEq(core.funds(orchId).total, FUND - amount, "total");
        assertEq(core.fundWithdrawal(orchId).amount, 0, "announced");
    }

    function test_neverPaysWhatIsReserved(uint96 value) public {
        value = uint96(bound(value, 0, 49e18));
        announce(type(uint96).max);
        BatchHeader memory header = headerOf(3, value);
        vm.warp(startOf(4));
        submit(header);
        vm.warp(startOf(3) + 4 days);
        vm.prank(orchOwner);
        assertEq(core.withdrawFund(orchId, TO), FUND - value, "free part");
        proofs.settle(header);
        assertEq(core.funds(orchId).total, 0, "all is paid");
        assertEq(core.accrued(nodeId), value - value / 20, "accrued");
    }

    function test_refusesTooEarly(uint256 early) public {
        announce(1);
        early = startOf(3) + 4 days - bound(early, 1, 4 days);
        vm.warp(early);
        vm.prank(orchOwner);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.TooEarly.selector, early, startOf(3) + 4 days));
        core.withdrawFund(orchId, TO);
    }

    function test_aNewAnnouncementWaitsAnew() public {
        announce(1);
        vm.warp(startOf(3) + 4 days);
        announce(2);
        vm.prank(orchOwner);
        vm.expectPartialRevert(IChroomCore.TooEarly.selector);
        core.withdrawFund(orchId, TO);
    }

    function test_refusesWithoutAnAnnouncementAndAfterZeroTookItBack() public {
        vm.prank(orchOwner);
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.withdrawFund(orchId, TO);
        announce(5);
        announce(0);
        vm.warp(startOf(3) + 4 days);
        vm.prank(orchOwner);
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.withdrawFund(orchId, TO);
    }

    function test_refusesTwice() public {
        announce(5);
        vm.warp(startOf(3) + 4 days);
        vm.startPrank(orchOwner);
        core.withdrawFund(orchId, TO);
        vm.expectRevert(IChroomCore.ZeroAmount.selector);
        core.withdrawFund(orchId, TO);
    }

    function test_refusesOthersAndOtherKinds(address caller) public {
        vm.prank(nodeOwner);
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, nodeId, IChroomCore.Kind.Orchestrator, IChroomCore.Kind.Node
            )
        );
        core.requestFundWithdrawal(nodeId, 1);
        vm.assume(caller != orchOwner);
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, orchId, caller));
        core.requestFundWithdrawal(orchId, 1);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, orchId, caller));
        core.withdrawFund(orchId, caller);
    }

    function test_goesOnWhileTheIntakeIsStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        announce(5);
        vm.warp(startOf(3) + 4 days);
        vm.prank(orchOwner);
        core.withdrawFund(orchId, TO);
        assertEq(token.balanceOf(TO), 5, "received");
    }

    function announce(uint96 amount) private {
        vm.prank(orchOwner);
        core.requestFundWithdrawal(orchId, amount);
    }
}
