// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {MemberContract} from "./weird/MemberContract.sol";
import {WeirdToken} from "./weird/WeirdToken.sol";
import {Network} from "./setup/Network.sol";

contract WeirdAssetsTest is Network {
    WeirdToken private weird;
    MemberContract private owner;

    function setUp() public override {
        vm.warp(CLOCK_START);
        weird = new WeirdToken();
        deploy(IERC20(address(weird)));
        owner = new MemberContract();
        weird.mint(address(owner), 10 * STAKE);
        weird.mint(orchOwner, 10 * STAKE);
        nodeId = register(IChroomCore.Kind.Node, vm.addr(NODE_KEY), CAPACITY_KBPS, STAKE);
        vm.startPrank(orchOwner);
        orchId = core.register(IChroomCore.Kind.Orchestrator, vm.addr(ORCH_KEY), 0, 0, "");
        core.fund(orchId, FUND);
        vm.stopPrank();
        vm.warp(startOf(3));
    }

    function test_anAssetThatReturnsNothingWorks() public {
        weird.setAnswer(WeirdToken.Answer.Nothing);
        core.addStake(nodeId, 0 + mintMe(5));
        earn(1e18);
        owner.execute(address(core), abi.encodeCall(core.claim, (nodeId, address(0x70))));
        assertEq(weird.balanceOf(address(0x70)), 0.95e18, "received");
    }

    function test_refusesAnAssetThatAnswersFalse() public {
        earn(1e18);
        weird.setAnswer(WeirdToken.Answer.False);
        bytes memory failed = abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(weird));
        vm.expectRevert(failed);
        core.addStake(nodeId, 5);
        vm.expectRevert(failed);
        core.fund(orchId, 5);
        vm.expectRevert(failed);
        owner.execute(address(core), abi.encodeCall(core.claim, (nodeId, address(0x70))));
        assertEq(core.accrued(nodeId), 0.95e18, "still owed");
        assertEq(core.member(nodeId).stake, STAKE, "stake");
    }

    function test_refusesAnAssetThatKeepsAFee(uint96 amount, uint256 feeBps) public {
        amount = uint96(bound(amount, 10_000, STAKE));
        feeBps = bound(feeBps, 1, 10_000);
        weird.setFeeBps(feeBps);
        mintMe(amount);
        bytes memory refused =
            abi.encodeWithSelector(IChroomCore.FeeOnTransfer.selector, amount, amount - amount * feeBps / 10_000);
        vm.expectRevert(refused);
        core.addStake(nodeId, amount);
        vm.expectRevert(refused);
        core.fund(orchId, amount);
        vm.expectRevert(refused);
        core.register(IChroomCore.Kind.Registry, address(1), 0, amount, "");
    }

    function test_claimIsNotPaidTwiceFromInsideItself() public {
        earn(1e18);
        bytes memory again = abi.encodeCall(core.claim, (nodeId, address(owner)));
        hook(again);
        owner.execute(address(core), again);
        assertRefusedInside(abi.encodeWithSelector(IChroomCore.NothingToClaim.selector, nodeId));
        assertEq(weird.balanceOf(address(owner)), 9 * STAKE + 0.95e18, "paid once");
    }

    function test_stakeIsNotPaidTwiceFromInsideItself() public {
        owner.execute(address(core), abi.encodeCall(core.requestExit, (nodeId)));
        vm.warp(startOf(4) + UNBONDING);
        bytes memory again = abi.encodeCall(core.withdrawStake, (nodeId, address(owner)));
        hook(again);
        owner.execute(address(core), again);
        assertRefusedInside(abi.encodeWithSelector(IChroomCore.ZeroAmount.selector));
        assertEq(weird.balanceOf(address(owner)), 10 * STAKE, "paid once");
    }

    function test_fundIsNotPaidTwiceFromInsideItself() public {
        uint64 id = register(IChroomCore.Kind.Orchestrator, address(2), 0, 0);
        owner.execute(address(core), abi.encodeCall(core.fund, (id, 7)));
        owner.execute(address(core), abi.encodeCall(core.requestFundWithdrawal, (id, 7)));
        vm.warp(startOf(3) + 4 days);
        bytes memory again = abi.encodeCall(core.withdrawFund, (id, address(owner)));
        hook(again);
        owner.execute(address(core), again);
        assertRefusedInside(abi.encodeWithSelector(IChroomCore.ZeroAmount.selector));
        assertEq(weird.balanceOf(address(owner)), 9 * STAKE, "paid once");
    }

    function test_aDepositInsideADepositIsNotCountedTwice() public {
        hook(abi.encodeCall(core.addStake, (nodeId, 3)));
        mintMe(5);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.FeeOnTransfer.selector, 5, 8));
        core.addStake(nodeId, 5);
        assertEq(core.member(nodeId).stake, STAKE, "stake");
    }

    function hook(bytes memory call) private {
        weird.setHook(address(owner), abi.encodeCall(owner.execute, (address(core), call)));
    }

    function assertRefusedInside(bytes memory expected) private view {
        assertTrue(!weird.hookSucceeded(), "the second call inside the first was refused");
        assertEq(keccak256(weird.hookAnswer()), keccak256(expected), "by name");
    }

    function register(IChroomCore.Kind kind, address signer, uint32 capacity, uint96 stake) private returns (uint64) {
        bytes memory answer =
            owner.execute(address(core), abi.encodeCall(core.register, (kind, signer, capacity, stake, "")));
        return abi.decode(abi.decode(abi.encode(answer), (bytes)), (uint64));
    }

    function mintMe(uint96 amount) private returns (uint96) {
        weird.mint(address(this), amount);
        return amount;
    }
}
