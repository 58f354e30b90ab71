// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Standard} from "./Standard.sol";

/// @notice All versions of the standards. What a submission asks of the newest one lies in one slot.
struct NewestStandard {
    uint32 version;
    uint32 fromEpoch;
    uint32 submitWindow;
}

struct StandardHistory {
    NewestStandard newest;
    mapping(uint32 version => uint32) fromEpochs;
    mapping(uint32 version => Standard) versions;
}

using {begin, add, versionAt, submissionAt} for StandardHistory global;

/// @dev Version 0 is in force from epoch 0 on.
function begin(StandardHistory storage history, Standard memory standard) {
    history.versions[0] = standard;
    history.newest.submitWindow = standard.submitWindow;
}

/// @dev `fromEpoch` is never smaller than that of the version before.
function add(StandardHistory storage history, Standard memory standard, uint32 fromEpoch) returns (uint32 version) {
    version = history.newest.version + 1;
    history.versions[version] = standard;
    history.fromEpochs[version] = fromEpoch;
    history.newest = NewestStandard({version: version, fromEpoch: fromEpoch, submitWindow: standard.submitWindow});
}

/// @return the version in force at the start of an epoch
function versionAt(StandardHistory storage history, uint32 epoch) view returns (uint32) {
    NewestStandard memory newest = history.newest;
    return newest.fromEpoch <= epoch ? newest.version : formerVersionAt(history, newest.version, epoch);
}

/// @return version in force at the start of an epoch
/// @return submitWindow of that version
function submissionAt(StandardHistory storage history, uint32 epoch) view returns (uint32 version, uint32 submitWindow) {
    NewestStandard memory newest = history.newest;
    if (newest.fromEpoch <= epoch) return (newest.version, newest.submitWindow);
    version = formerVersionAt(history, newest.version, epoch);
    submitWindow = history.versions[version].submitWindow;
}

/// @dev Version 0 begins with epoch 0, so that there always is one.
function formerVersionAt(StandardHistory storage history, uint32 below, uint32 epoch) view returns (uint32) {
    uint32 low = 0;
    uint32 high = below;
    while (low < high) {
        uint32 middle = (low + high) / 2;
        if (history.fromEpochs[middle] <= epoch) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}
