// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Who may open batches, unless the intake is stopped: one slot, read once for each batch.
/// @param proofs the module in force
/// @param stoppedUntil seconds; end of the newest stop, 0 before the first one
struct Intake {
    address proofs;
    uint40 stoppedUntil;
}
