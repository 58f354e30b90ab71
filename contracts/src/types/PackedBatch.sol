// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomProofs} from "../interfaces/IChroomProofs.sol";

/// @notice All of a batch but its header hash in one word, so that it is written and read once:
/// solo 8 | state 8 | version 32 | submittedAt 40 | value 96 bits, from the top of the lower 184.
type PackedBatch is uint256;

uint256 constant STATE_SHIFT = 168;

using {unpack, stateOf, withState} for PackedBatch global;

function packBatch(uint96 value, uint40 submittedAt, uint32 version, IChroomProofs.State state, bool solo)
    pure
    returns (PackedBatch)
{
    return PackedBatch.wrap(
        uint256(value) | uint256(submittedAt) << 96 | uint256(version) << 136 | uint256(state) << STATE_SHIFT
            | (solo ? 1 << 176 : 0)
    );
}

function unpack(PackedBatch packed, bytes32 headerHash) pure returns (IChroomProofs.Batch memory) {
    uint256 word = PackedBatch.unwrap(packed);
    return IChroomProofs.Batch({
        headerHash: headerHash,
        // Each cast cuts off the fields above on purpose.
        // forge-lint: disable-next-line(unsafe-typecast)
        value: uint96(word),
        // forge-lint: disable-next-line(unsafe-typecast)
        submittedAt: uint40(word >> 96),
        // forge-lint: disable-next-line(unsafe-typecast)
        version: uint32(word >> 136),
        state: stateOf(packed),
        solo: (word >> 176) != 0
    });
}

function stateOf(PackedBatch packed) pure returns (IChroomProofs.State) {
    return IChroomProofs.State((PackedBatch.unwrap(packed) >> STATE_SHIFT) & 0xff);
}

function withState(PackedBatch packed, IChroomProofs.State state) pure returns (PackedBatch) {
    uint256 others = PackedBatch.unwrap(packed) & ~(uint256(0xff) << STATE_SHIFT);
    return PackedBatch.wrap(others | uint256(state) << STATE_SHIFT);
}
