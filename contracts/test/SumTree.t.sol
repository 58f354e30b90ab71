// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SumNode, SumTree} from "../src/proofs/SumTree.sol";
import {Assertions} from "./setup/Assertions.sol";

/// @notice What the golden vectors, all of them right, do not reach: nodes and proofs that are refused.
contract SumTreeTest is Assertions {
    uint256 private constant VALUE_MAX = type(uint96).max;
    uint256 private constant VOLUME_MAX = type(uint64).max;

    function test_parentOfTwoMissingChildrenIsTheZeroTuple() public view {
        SumNode memory missing;
        SumNode memory parent = this.parentOf(missing, missing);
        assertEq(parent.hash, bytes32(0), "hash");
        assertEq(parent.value, 0, "value");
        assertEq(parent.volume, 0, "volume");
        assertEq(parent.slots, 0, "slots");
    }

    function test_aChildOfOneSlotAloneIsNotMissing() public view {
        SumNode memory missing;
        SumNode memory ghost;
        ghost.slots = 1;
        assertTrue(this.parentOf(ghost, missing).hash != 0, "hashed");
    }

    function test_sumsOfTheWidestChildrenAreExact() public view {
        SumNode memory parent = this.parentOf(wide(VALUE_MAX, VOLUME_MAX), wide(VALUE_MAX, VOLUME_MAX));
        assertEq(parent.value, 2 * VALUE_MAX, "value");
        assertEq(parent.volume, 2 * VOLUME_MAX, "volume");
    }

    function test_refusesAChildWiderThanItsPlaceInTheHash() public {
        SumNode memory missing;
        vm.expectRevert(abi.encodeWithSelector(SumTree.SumTooWide.selector, VALUE_MAX + 1, 0));
        this.parentOf(wide(VALUE_MAX + 1, 0), missing);
        vm.expectRevert(abi.encodeWithSelector(SumTree.SumTooWide.selector, 0, VOLUME_MAX + 1));
        this.parentOf(missing, wide(0, VOLUME_MAX + 1));
    }

    function test_refusesAnOpeningWhoseSumsOutgrowTheHash() public {
        bytes memory sibling = abi.encodePacked(keccak256("sibling"), uint96(1), uint64(0), uint64(0));
        this.open(wide(VALUE_MAX, 0), 0, sibling);
        vm.expectRevert(abi.encodeWithSelector(SumTree.SumTooWide.selector, VALUE_MAX + 1, 0));
        this.open(wide(VALUE_MAX, 0), 0, abi.encodePacked(sibling, sibling));
    }

    function test_refusesSiblingsThatAreNoWholeNodes(uint256 length) public {
        length = bound(length, 1, 10 * SumTree.PACKED_NODE_BYTES);
        if (length % SumTree.PACKED_NODE_BYTES == 0) length--;
        vm.expectRevert(abi.encodeWithSelector(SumTree.ProofLength.selector, length));
        this.open(wide(1, 1), 0, new bytes(length));
    }

    function test_anOpeningWithoutSiblingsIsItsOwnRoot() public view {
        (SumNode memory root, uint256 left) = this.open(wide(5, 7), 0, "");
        assertEq(root.hash, keccak256("node"), "root");
        assertEq(left, 0, "left sum");
    }

    function parentOf(SumNode memory left, SumNode memory right) external pure returns (SumNode memory) {
        return SumTree.parent(left, right);
    }

    function open(SumNode memory leaf, uint256 index, bytes calldata siblings)
        external
        pure
        returns (SumNode memory, uint256)
    {
        return SumTree.open(leaf, index, siblings);
    }

    function wide(uint256 value, uint256 volume) private pure returns (SumNode memory) {
        return SumNode({hash: keccak256("node"), value: value, volume: volume, slots: 1});
    }
}
