// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Which points of a batch's value line must be opened, once the beacon of its epoch is known.
library AuditTargets {
    function seedOf(bytes32 beacon, bytes32 key) internal pure returns (bytes32) {
        return keccak256(abi.encode(beacon, key));
    }

    /// @dev value is not zero: zero-value batches are not audited.
    function target(bytes32 seed, uint256 index, uint256 value) internal pure returns (uint256) {
        return uint256(keccak256(abi.encode(seed, index))) % value;
    }

    function isPicked(bytes32 seed, uint256 auditBps) internal pure returns (bool) {
        return uint256(keccak256(abi.encode(seed, "pick"))) % 10_000 < auditBps;
    }
}
