// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ChroomCore} from "../src/ChroomCore.sol";
import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Clock} from "../src/types/Clock.sol";
import {Network} from "./setup/Network.sol";

contract RegisterTest is Network {
    function test_makesAMemberOfEveryKind(uint8 number, address signer, uint96 stake, bytes32 endpoint) public {
        vm.assume(signer != address(0));
        IChroomCore.Kind kind = IChroomCore.Kind(bound(number, 1, 4));
        uint32 capacity = kind == IChroomCore.Kind.Node ? 5000 : 0;
        stake = uint96(bound(stake, 0, 5 * STAKE));
        uint256 before = token.balanceOf(address(core));
        vm.expectEmit(address(core));
        emit IChroomCore.MemberRegistered(3, kind, nodeOwner, signer, 4, capacity, endpoint);
        vm.prank(nodeOwner);
        uint64 id = core.register(kind, signer, capacity, stake, endpoint);
        assertEq(id, 3, "id");
        assertEq(core.memberCount(), 3, "count");
        IChroomCore.Member memory made = core.member(id);
        assertEq(made.owner, nodeOwner, "owner");
        assertTrue(made.kind == kind, "kind");
        assertEq(made.activeFrom, 4, "active from");
        assertEq(made.exitEpoch, 0, "exit");
        assertEq(made.stake, stake, "stake");
        assertEq(made.atRisk, 0, "at risk");
        assertEq(made.capacityKbps, capacity, "capacity");
        assertEq(core.signerAt(id, 4), signer, "signer");
        assertEq(core.signerAt(id, 3), address(0), "signer before");
        assertTrue(!core.isActive(id, 3) && core.isActive(id, 4), "active from the next epoch on");
        assertEq(token.balanceOf(address(core)) - before, stake, "paid");
    }

    function test_refusesNoKind() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomCore.WrongKind.selector, 0, IChroomCore.Kind.Node, IChroomCore.Kind.None
            )
        );
        core.register(IChroomCore.Kind.None, vm.addr(1), 0, 0, "");
    }

    function test_refusesNoSigner() public {
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        core.register(IChroomCore.Kind.Node, address(0), 1, 0, "");
    }

    function test_refusesANodeWithoutCapacityAndOthersWithOne() public {
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.CapacityOfKind.selector, IChroomCore.Kind.Node, 0));
        core.register(IChroomCore.Kind.Node, vm.addr(1), 0, 0, "");
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.CapacityOfKind.selector, IChroomCore.Kind.Registry, 1));
        core.register(IChroomCore.Kind.Registry, vm.addr(1), 1, 0, "");
    }

    function test_refusesAStakeThatIsNotThere() public {
        vm.prank(stranger);
        vm.expectRevert();
        core.register(IChroomCore.Kind.Node, vm.addr(1), 1, 1, "");
        assertEq(core.memberCount(), 2, "count");
    }

    function test_refusesWhileStopped() public {
        vm.prank(guardian);
        core.stopIntake();
        vm.expectPartialRevert(IChroomCore.Stopped.selector);
        core.register(IChroomCore.Kind.Node, vm.addr(1), 1, 0, "");
    }

    function test_theConstructorRefusesWhatCannotWork() public {
        Clock memory clock = Clock(CLOCK_START, SLOT_SECONDS);
        IERC20 asset = IERC20(token);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        new ChroomCore(IERC20(address(0)), governor, guardian, clock, UNBONDING, 4 days, WINDOWS);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        new ChroomCore(asset, address(0), guardian, clock, UNBONDING, 4 days, WINDOWS);
        vm.expectRevert(IChroomCore.ZeroSlot.selector);
        new ChroomCore(asset, governor, guardian, Clock(CLOCK_START, 0), UNBONDING, 4 days, WINDOWS);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.UnbondingTooShort.selector, 99, 100));
        new ChroomCore(asset, governor, guardian, clock, 99, 50, 50);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.WithdrawalDelayTooShort.selector, 49, 50));
        new ChroomCore(asset, governor, guardian, clock, 100, 49, 50);
        new ChroomCore(asset, governor, guardian, clock, 100, 50, 50);
    }
}
