// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Windows, shares and quality standards of one version. The first twelve fields lie in one storage slot: they
/// are all that submission and settlement read.
/// @param submitWindow seconds after the end of an epoch in which its batch is accepted
/// @param backDatingBound seconds by which a sequencer may date a block back
/// @param answerWindow seconds for the answer to an audit or a leaf request
/// @param challengeWindow seconds after submission in which a batch can be challenged
/// @param feeBps share of every value that is not paid to the node, at most 1000
/// @param feeBurnBps, feeTreasuryBps, feeContributorBps what becomes of the fee, together 10000
/// @param subsidyCapBps a subsidy is at most this share of the fee that the same work has paid
/// @param auditBps chance of a co-signed batch to be audited
/// @param samples leaves that an audit opens, 1 to 32
/// @param minUptimeSlots slots of 64 in which a node must have served to share in a subsidy
/// @param minKbps below this rate a receipt is worth nothing
/// @param lossGoodPpm, lossMaxPpm full quality up to good, none from max on, linear between
/// @param jitterGoodUs, jitterMaxUs the same for jitter
/// @param slashFinderBps, slashOrchestratorBps shares of a slash; the rest is burned
/// @param maxOpenRequests leaf requests that may be open for one batch
/// @param requestBond what a leaf request costs until it was justified, in the smallest unit of the asset
struct Standard {
    uint32 submitWindow;
    uint32 backDatingBound;
    uint32 answerWindow;
    uint32 challengeWindow;
    uint16 feeBps;
    uint16 feeBurnBps;
    uint16 feeTreasuryBps;
    uint16 feeContributorBps;
    uint16 subsidyCapBps;
    uint16 auditBps;
    uint8 samples;
    uint8 minUptimeSlots;
    uint32 minKbps;
    uint32 lossGoodPpm;
    uint32 lossMaxPpm;
    uint32 jitterGoodUs;
    uint32 jitterMaxUs;
    uint16 slashFinderBps;
    uint16 slashOrchestratorBps;
    uint8 maxOpenRequests;
    uint96 requestBond;
}

uint256 constant BPS = 10_000;
uint256 constant MAX_FEE_BPS = 1000;
/// @dev subsidyCapBps + feeContributorBps: with more, a coalition that pays itself would lose less than it fakes.
uint256 constant MAX_RETURNED_BPS = 8000;

/// @dev The message names the parameter.
error StandardOutOfBounds(string parameter);

using {checkBounds, windowsSum} for Standard global;

/// @dev How long after its epoch a batch can still cost its node something.
function windowsSum(Standard memory standard) pure returns (uint256) {
    return uint256(standard.submitWindow) + standard.backDatingBound + standard.answerWindow + standard.challengeWindow;
}

/// @param unbonding seconds that a stake stays after its member has left: at least twice all windows
function checkBounds(Standard memory standard, uint256 unbonding) pure {
    if (standard.submitWindow == 0 || 2 * windowsSum(standard) > unbonding) revert StandardOutOfBounds("windows");
    if (standard.feeBps > MAX_FEE_BPS) revert StandardOutOfBounds("feeBps");
    uint256 split = uint256(standard.feeBurnBps) + standard.feeTreasuryBps + standard.feeContributorBps;
    if (split != BPS) revert StandardOutOfBounds("feeSplit");
    if (uint256(standard.subsidyCapBps) + standard.feeContributorBps > MAX_RETURNED_BPS) {
        revert StandardOutOfBounds("subsidyCapBps");
    }
    if (standard.auditBps > BPS) revert StandardOutOfBounds("auditBps");
    if (standard.samples == 0 || standard.samples > 32) revert StandardOutOfBounds("samples");
    if (standard.minUptimeSlots > 64) revert StandardOutOfBounds("minUptimeSlots");
    if (standard.minKbps > 1_000_000) revert StandardOutOfBounds("minKbps");
    if (standard.lossGoodPpm >= standard.lossMaxPpm || standard.lossMaxPpm > 1_000_000) revert StandardOutOfBounds("loss");
    if (standard.jitterGoodUs >= standard.jitterMaxUs || standard.jitterMaxUs > 10_000_000) {
        revert StandardOutOfBounds("jitter");
    }
    if (uint256(standard.slashFinderBps) + standard.slashOrchestratorBps > BPS) revert StandardOutOfBounds("slashSplit");
    if (standard.maxOpenRequests == 0 || standard.maxOpenRequests > 64) revert StandardOutOfBounds("maxOpenRequests");
}
