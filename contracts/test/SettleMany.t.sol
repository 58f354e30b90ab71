// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomProofs} from "../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {Network} from "./setup/Network.sol";

contract SettleManyTest is Network {
    function setUp() public override {
        super.setUp();
        vm.warp(startOf(8));
    }

    function test_paysEach(uint96 value, uint256 count) public {
        value = uint96(bound(value, 0, 10e18));
        BatchHeader[] memory headers = submitted(bound(count, 0, 5), value);
        vm.warp(startOf(8) + 48 hours);
        proofs.settleMany(headers);
        for (uint256 i = 0; i < headers.length; i++) assertState(headers[i], IChroomProofs.State.Settled);
        uint256 fee = value / 20;
        assertEq(core.accrued(nodeId), headers.length * (value - fee), "accrued");
        assertEq(core.fees(), headers.length * fee, "fees");
        assertEq(core.funds(orchId).total, FUND - headers.length * value, "fund");
    }

    function test_refusesTheSameTwiceAndPaysNothingThen() public {
        BatchHeader[] memory headers = submitted(3, 1e18);
        headers[2] = headers[0];
        vm.warp(startOf(8) + 48 hours);
        vm.expectRevert(
            abi.encodeWithSelector(
                IChroomProofs.WrongState.selector, headers[0].batchKey(), IChroomProofs.State.Settled
            )
        );
        proofs.settleMany(headers);
        assertEq(core.accrued(nodeId), 0, "accrued");
    }

    function submitted(uint256 count, uint96 value) private returns (BatchHeader[] memory headers) {
        headers = new BatchHeader[](count);
        for (uint32 i = 0; i < count; i++) {
            headers[i] = headerOf(2 + i, value);
            submit(headers[i]);
        }
    }
}
