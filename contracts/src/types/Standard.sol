// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Quality standards and windows of one version.
/// @param minKbps below this rate a receipt is worth nothing
/// @param lossGoodPpm, lossMaxPpm full quality up to good, none from max on, linear between
/// @param minUptimeSlots slots of 64 in which a node must have served to share in a subsidy
/// @param feeBps share of every value that is not paid to the node
/// @param auditBps chance of a co-signed batch to be audited
/// @param samples leaves that an audit opens
/// @param submitWindow seconds after the end of an epoch in which its batch is accepted
/// @param answerWindow seconds for the answer to an audit or a leaf request
/// @param challengeWindow seconds after submission in which a batch can be challenged
struct Standard {
    uint32 minKbps;
    uint32 lossGoodPpm;
    uint32 lossMaxPpm;
    uint32 jitterGoodUs;
    uint32 jitterMaxUs;
    uint8 minUptimeSlots;
    uint16 feeBps;
    uint16 auditBps;
    uint8 samples;
    uint32 submitWindow;
    uint32 answerWindow;
    uint32 challengeWindow;
}
