// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {Network} from "./setup/Network.sol";

contract SetSignerTest is Network {
    function test_signsFromTheNextEpochOn(address next) public {
        vm.assume(next != address(0));
        vm.expectEmit(address(core));
        emit IChroomCore.SignerChanged(nodeId, next, 4);
        vm.prank(nodeOwner);
        core.setSigner(nodeId, next);
        assertEq(core.signerAt(nodeId, 3), vm.addr(NODE_KEY), "this epoch");
        assertEq(core.signerAt(nodeId, 4), next, "next epoch");
    }

    function test_aSecondChangeInAnEpochReplacesTheFirst() public {
        vm.startPrank(nodeOwner);
        core.setSigner(nodeId, address(0x11));
        core.setSigner(nodeId, address(0x12));
        vm.warp(startOf(9));
        core.setSigner(nodeId, address(0x13));
        assertEq(core.signerAt(nodeId, 3), vm.addr(NODE_KEY), "first");
        assertEq(core.signerAt(nodeId, 4), address(0x12), "second");
        assertEq(core.signerAt(nodeId, 9), address(0x12), "second still");
        assertEq(core.signerAt(nodeId, 10), address(0x13), "third");
    }

    function test_aChangeBeforeTheFirstEpochLeavesNoGap() public {
        vm.startPrank(nodeOwner);
        uint64 id = core.register(IChroomCore.Kind.Registry, address(0x11), 0, 0, "");
        core.setSigner(id, address(0x12));
        assertEq(core.signerAt(id, 4), address(0x12), "replaced");
        assertEq(core.signerAt(id, 3), address(0), "none before");
    }

    function test_keepsEveryKeyWithItsEpochs(uint8[8] memory gaps) public {
        uint256 epoch = 3;
        uint256[9] memory from;
        address[9] memory signer;
        (from[0], signer[0]) = (1, vm.addr(NODE_KEY));
        for (uint256 i = 1; i < 9; i++) {
            epoch += gaps[i - 1];
            vm.warp(startOf(epoch));
            (from[i], signer[i]) = (epoch + 1, address(uint160(0x100 + i)));
            vm.prank(nodeOwner);
            core.setSigner(nodeId, signer[i]);
        }
        for (uint32 asked = 0; asked < epoch + 3; asked += 3) {
            address expected = address(0);
            for (uint256 i = 0; i < 9; i++) if (from[i] <= asked) expected = signer[i];
            assertEq(core.signerAt(nodeId, asked), expected, "signer");
        }
    }

    function test_refusesZero() public {
        vm.prank(nodeOwner);
        vm.expectRevert(IChroomCore.ZeroAddress.selector);
        core.setSigner(nodeId, address(0));
    }

    function test_refusesOthers(address caller) public {
        vm.assume(caller != nodeOwner);
        vm.startPrank(caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.setSigner(nodeId, caller);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.NotOwner.selector, nodeId, caller));
        core.setEndpoint(nodeId, "");
    }

    function test_endpointsAreOnlyAnEvent(bytes32 endpoint) public {
        vm.expectEmit(address(core));
        emit IChroomCore.EndpointChanged(nodeId, endpoint);
        vm.prank(nodeOwner);
        core.setEndpoint(nodeId, endpoint);
    }
}
