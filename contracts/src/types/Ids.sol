// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Members count up from 1 over all kinds; 0 is nobody.
type MemberId is uint64;

using {equals as ==} for MemberId global;

function equals(MemberId a, MemberId b) pure returns (bool) {
    return MemberId.unwrap(a) == MemberId.unwrap(b);
}

/// @dev keccak256(abi.encode(nodeId, orchId, epoch)): one batch per key, ever.
type BatchKey is bytes32;
