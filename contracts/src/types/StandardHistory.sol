// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Standard} from "./Standard.sol";

/// @notice All that a submission asks of the newest version and of the one before it, in one slot: while a version is
/// scheduled, the one before it is in force.
/// @param formerFromEpoch, formerSubmitWindow of the version before; zero and never read while the newest is version 0
struct NewestStandard {
    uint32 version;
    uint32 fromEpoch;
    uint32 submitWindow;
    uint32 formerFromEpoch;
    uint32 formerSubmitWindow;
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
    NewestStandard memory former = history.newest;
    version = former.version + 1;
    history.versions[version] = standard;
    history.fromEpochs[version] = fromEpoch;
    history.newest = NewestStandard({
        version: version,
        fromEpoch: fromEpoch,
        submitWindow: standard.submitWindow,
        formerFromEpoch: former.fromEpoch,
        formerSubmitWindow: former.submitWindow
    });
}

/// @return version in force at the start of an epoch
function versionAt(StandardHistory storage history, uint32 epoch) view returns (uint32 version) {
    (version,) = history.submissionAt(epoch);
}

/// @return version in force at the start of an epoch
/// @return submitWindow of that version
function submissionAt(StandardHistory storage history, uint32 epoch) view returns (uint32 version, uint32 submitWindow) {
    NewestStandard storage newest = history.newest;
    if (newest.fromEpoch <= epoch) return (newest.version, newest.submitWindow);
    if (newest.formerFromEpoch <= epoch) return (newest.version - 1, newest.formerSubmitWindow);
    version = olderVersionAt(history, newest.version - 1, epoch);
    submitWindow = history.versions[version].submitWindow;
}

/// @dev Only when the governor schedules twice within the delay. Version 0 begins with epoch 0, so that there always is one.
function olderVersionAt(StandardHistory storage history, uint32 below, uint32 epoch) view returns (uint32) {
    uint32 low = 0;
    uint32 high = below;
    while (low < high) {
        uint32 middle = (low + high) / 2;
        if (history.fromEpochs[middle] <= epoch) low = middle + 1;
        else high = middle;
    }
    return low - 1;
}
