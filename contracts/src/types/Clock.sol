// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice Epochs of 64 slots since a start time.
struct Clock {
    uint40 start;
    uint32 slotSeconds;
}

uint256 constant SLOTS_PER_EPOCH = 64;

using {epochSeconds, epochAt, epochEnd} for Clock global;

function epochSeconds(Clock memory clock) pure returns (uint256) {
    return SLOTS_PER_EPOCH * clock.slotSeconds;
}

/// @dev Epoch 0 begins at `start`; times before it belong to epoch 0.
function epochAt(Clock memory clock, uint256 time) pure returns (uint32) {
    if (time <= clock.start) return 0;
    return SafeCast.toUint32((time - clock.start) / epochSeconds(clock));
}

/// @dev The first second that no longer belongs to the epoch.
function epochEnd(Clock memory clock, uint32 epoch) pure returns (uint256) {
    return clock.start + (uint256(epoch) + 1) * epochSeconds(clock);
}
