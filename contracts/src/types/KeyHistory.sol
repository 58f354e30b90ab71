// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A key and the first epoch in which it signs.
struct KeyFrom {
    address signer;
    uint32 fromEpoch;
}

/// @notice Every key that a member ever had, by the epoch it began in. Nearly every question is about the newest one: it
/// has a slot of its own, so that the length of the list needs no reading.
struct KeyHistory {
    KeyFrom newest;
    KeyFrom[] former;
}

using {set, signerAt} for KeyHistory global;

/// @dev At most one key an epoch: a second change before the first took effect replaces it. Epochs never fall.
function set(KeyHistory storage history, address signer, uint32 fromEpoch) {
    KeyFrom memory newest = history.newest;
    if (newest.signer != address(0) && newest.fromEpoch < fromEpoch) history.former.push(newest);
    history.newest = KeyFrom({signer: signer, fromEpoch: fromEpoch});
}

/// @return the key of an epoch; zero before the first one
function signerAt(KeyHistory storage history, uint32 epoch) view returns (address) {
    KeyFrom memory newest = history.newest;
    if (newest.fromEpoch <= epoch) return newest.signer;
    uint256 low = 0;
    uint256 high = history.former.length;
    while (low < high) {
        uint256 middle = (low + high) / 2;
        if (history.former[middle].fromEpoch <= epoch) low = middle + 1;
        else high = middle;
    }
    return low == 0 ? address(0) : history.former[low - 1].signer;
}
