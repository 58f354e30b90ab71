// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Standard} from "./Standard.sol";

/// @notice All versions of the standards. The newest version and its first epoch share a slot, so that the usual question
/// ("which one is in force?") is one read.
struct StandardHistory {
    uint32 newest;
    uint32 newestFrom;
    uint32[] fromEpochs;
    Standard[] versions;
}

using {add, versionAt} for StandardHistory global;

/// @dev `fromEpoch` is never smaller than that of the version before.
function add(StandardHistory storage history, Standard memory standard, uint32 fromEpoch) returns (uint32 version) {
    version = history.versions.length == 0 ? 0 : history.newest + 1;
    history.versions.push(standard);
    history.fromEpochs.push(fromEpoch);
    history.newest = version;
    history.newestFrom = fromEpoch;
}

/// @return The version in force at the start of an epoch. The first one holds from epoch 0 on.
function versionAt(StandardHistory storage history, uint32 epoch) view returns (uint32) {
    if (history.newestFrom <= epoch) return history.newest;
    uint32 low = 0;
    uint32 high = history.newest;
    while (low < high) {
        uint32 middle = (low + high) / 2;
        if (history.fromEpochs[middle] <= epoch) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}
