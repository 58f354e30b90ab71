// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "../interfaces/IChroomCore.sol";

/// @notice A key and the first epoch in which it signs.
struct KeyFrom {
    address signer;
    uint32 fromEpoch;
}

/// @notice What decides whether a member may work in an epoch and who signs for it: one slot, and a batch reads nothing
/// else of its orchestrator, and only the stake besides of its node.
/// @param keyFrom first epoch of `signer`; never before the member's first epoch, so that an epoch has a key exactly when
/// the member had begun
/// @param exitEpoch first epoch in which it does not work any more; 0 while it stays
struct Standing {
    address signer;
    uint32 keyFrom;
    uint32 exitEpoch;
    IChroomCore.Kind kind;
}

/// @param former earlier keys, by their first epochs
struct Seat {
    Standing standing;
    KeyFrom[] former;
}

using {setSigner, signerAt, workingSigner} for Seat global;

/// @dev At most one key an epoch: a second change before the first took effect replaces it. Epochs never fall.
function setSigner(Seat storage seat, address signer, uint32 fromEpoch) {
    Standing memory standing = seat.standing;
    if (standing.signer != address(0) && standing.keyFrom < fromEpoch) {
        seat.former.push(KeyFrom({signer: standing.signer, fromEpoch: standing.keyFrom}));
    }
    (standing.signer, standing.keyFrom) = (signer, fromEpoch);
    seat.standing = standing;
}

/// @return the key of an epoch; zero before the first one
function signerAt(Seat storage seat, uint32 epoch) view returns (address) {
    Standing memory standing = seat.standing;
    return standing.keyFrom <= epoch ? standing.signer : formerSignerAt(seat, epoch);
}

/// @return kind of the member
/// @return signer its key in an epoch in which it works; zero in any other
function workingSigner(Seat storage seat, uint32 epoch) view returns (IChroomCore.Kind kind, address signer) {
    Standing memory standing = seat.standing;
    kind = standing.kind;
    if (standing.exitEpoch != 0 && epoch >= standing.exitEpoch) return (kind, address(0));
    signer = standing.keyFrom <= epoch ? standing.signer : formerSignerAt(seat, epoch);
}

function formerSignerAt(Seat storage seat, uint32 epoch) view returns (address) {
    uint256 low = 0;
    uint256 high = seat.former.length;
    while (low < high) {
        uint256 middle = (low + high) / 2;
        if (seat.former[middle].fromEpoch <= epoch) low = middle + 1;
        else high = middle;
    }
    return low == 0 ? address(0) : seat.former[low - 1].signer;
}
