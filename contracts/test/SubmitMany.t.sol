// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract SubmitManyTest is Network {
    function setUp() public override {
        super.setUp();
        vm.warp(startOf(8));
    }

    function test_submitsAll(uint256 count, uint96 value) public {
        count = bound(count, 0, 5);
        value = uint96(bound(value, 0, 20e18));
        (BatchHeader[] memory headers, bytes[] memory node, bytes[] memory orch) = batchesOf(count, value);
        proofs.submitMany(headers, node, orch);
        for (uint256 i = 0; i < count; i++) assertState(headers[i], IChroomProofs.State.Submitted);
        assertEq(core.funds(orchId).reserved, count * value, "reserved");
    }

    function test_mixesSoloAndCoSigned() public {
        (BatchHeader[] memory headers, bytes[] memory node, bytes[] memory orch) = batchesOf(2, 1e18);
        orch[1] = "";
        proofs.submitMany(headers, node, orch);
        assertTrue(!proofs.batch(headers[0].batchKey()).solo, "co-signed");
        assertTrue(proofs.batch(headers[1].batchKey()).solo, "solo");
    }

    function test_isAllOrNothing() public {
        (BatchHeader[] memory headers, bytes[] memory node, bytes[] memory orch) = batchesOf(3, 40e18);
        vm.expectRevert(abi.encodeWithSelector(IChroomCore.FundTooSmall.selector, orchId, 40e18, 20e18));
        proofs.submitMany(headers, node, orch);
        assertState(headers[0], IChroomProofs.State.None);
        assertEq(core.funds(orchId).reserved, 0, "reserved");
    }

    function test_refusesTheSameBatchTwice() public {
        (BatchHeader[] memory headers, bytes[] memory node, bytes[] memory orch) = batchesOf(2, 1e18);
        (headers[1], node[1], orch[1]) = (headers[0], node[0], orch[0]);
        vm.expectRevert(abi.encodeWithSelector(IChroomProofs.AlreadySubmitted.selector, headers[0].batchKey()));
        proofs.submitMany(headers, node, orch);
    }

    function test_refusesArraysOfOtherLengths(uint256 nodes, uint256 orchs) public {
        nodes = bound(nodes, 0, 4);
        orchs = bound(orchs, 0, 4);
        vm.assume(nodes != 2 || orchs != 2);
        (BatchHeader[] memory headers,,) = batchesOf(2, 1e18);
        vm.expectRevert(IChroomProofs.ArrayLengths.selector);
        proofs.submitMany(headers, new bytes[](nodes), new bytes[](orchs));
    }

    function batchesOf(uint256 count, uint96 value)
        private
        view
        returns (BatchHeader[] memory headers, bytes[] memory node, bytes[] memory orch)
    {
        headers = new BatchHeader[](count);
        node = new bytes[](count);
        orch = new bytes[](count);
        for (uint32 i = 0; i < count; i++) {
            headers[i] = headerOf(2 + i, value);
            node[i] = sign(NODE_KEY, headers[i]);
            orch[i] = sign(ORCH_KEY, headers[i]);
        }
    }
}
