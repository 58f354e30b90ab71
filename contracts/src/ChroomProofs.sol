// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomProofs} from "./interfaces/IChroomProofs.sol";
import {ChroomCore} from "./ChroomCore.sol";
import {BatchHeader} from "./proofs/SignedTypes.sol";
import {Clock} from "./types/Clock.sol";
import {Standard} from "./types/Standard.sol";

/// @title See IChroomProofs.
contract ChroomProofs is IChroomProofs {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant COMPACT_SIGNATURE_BYTES = 64;
    bytes32 private constant LOW_255_BITS = bytes32(type(uint256).max >> 1);
    uint256 private constant MAX_FEE_BPS = 1000;
    uint256 private constant BPS = 10_000;

    ChroomCore public immutable core;
    address public immutable governor;
    /// @notice Epochs between the scheduling of a standard and its first epoch.
    uint32 public immutable standardDelay;
    uint256 private immutable domainChainId;
    bytes32 private immutable domain;
    uint40 private immutable clockStart;
    uint32 private immutable slotSeconds;

    mapping(bytes32 key => Batch) private batches;
    Standard[] private standards;
    uint32[] private standardFromEpochs;

    constructor(ChroomCore core_, address governor_, uint32 standardDelay_, Standard memory first) {
        core = core_;
        governor = governor_;
        standardDelay = standardDelay_;
        Clock memory clock = core_.clock();
        clockStart = clock.start;
        slotSeconds = clock.slotSeconds;
        domainChainId = block.chainid;
        domain = _domainSeparator();
        _checkBounds(first);
        standards.push(first);
        standardFromEpochs.push(0);
        emit StandardScheduled(0, 0, first);
    }

    function submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) external {
        _submit(header, nodeSig, orchSig);
    }

    function submitMany(BatchHeader[] calldata headers, bytes[] calldata nodeSigs, bytes[] calldata orchSigs) external {
        if (headers.length != nodeSigs.length || headers.length != orchSigs.length) revert ArrayLengths();
        for (uint256 i = 0; i < headers.length; i++) _submit(headers[i], nodeSigs[i], orchSigs[i]);
    }

    function settle(BatchHeader calldata header) external {
        _settle(header);
    }

    function settleMany(BatchHeader[] calldata headers) external {
        for (uint256 i = 0; i < headers.length; i++) _settle(headers[i]);
    }

    function scheduleStandard(Standard calldata next) external returns (uint32 version) {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _checkBounds(next);
        uint32 fromEpoch = _clock().epochAt(block.timestamp) + standardDelay;
        version = uint32(standards.length);
        standards.push(next);
        // The delay is constant and time does not go back: the first epochs never fall.
        standardFromEpochs.push(fromEpoch);
        emit StandardScheduled(version, fromEpoch, next);
    }

    function batch(bytes32 key) external view returns (Batch memory) {
        return batches[key];
    }

    function standard(uint32 version) external view returns (Standard memory) {
        return standards[version];
    }

    function versionCount() external view returns (uint32) {
        return uint32(standards.length);
    }

    function standardFrom(uint32 version) external view returns (uint32) {
        return standardFromEpochs[version];
    }

    function versionAt(uint32 epoch) public view returns (uint32) {
        uint256 high = standardFromEpochs.length;
        if (standardFromEpochs[high - 1] <= epoch) return uint32(high - 1);
        uint256 low = 0;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (standardFromEpochs[middle] <= epoch) low = middle + 1;
            else high = middle;
        }
        return uint32(low - 1);
    }

    function domainSeparator() public view returns (bytes32) {
        return block.chainid == domainChainId ? domain : _domainSeparator();
    }

    function _submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) private {
        if (header.leaves == 0) revert NoLeaves();
        bytes32 key = header.batchKey();
        Batch storage stored = batches[key];
        if (stored.state != State.None) revert AlreadySubmitted(key);
        uint32 version = versionAt(header.epoch);
        _checkSubmitWindow(header.epoch, standards[version].submitWindow);
        bytes32 headerHash = header.hashBatchHeader();
        bool solo = _checkSignatures(header, headerHash, nodeSig, orchSig);
        stored.headerHash = headerHash;
        stored.value = header.value;
        stored.submittedAt = uint40(block.timestamp);
        stored.version = version;
        stored.state = State.Submitted;
        stored.solo = solo;
        emit BatchSubmitted(
            key, header.nodeId, header.orchId, header.epoch, header.value, header.leaves, header.root, header.data, solo
        );
        core.openBatch(header.nodeId, header.orchId, header.epoch, header.value, header.volume);
    }

    function _settle(BatchHeader calldata header) private {
        bytes32 key = header.batchKey();
        Batch storage stored = batches[key];
        if (stored.headerHash != header.hashBatchHeader()) revert HeaderMismatch(key);
        State state = stored.state;
        if (state != State.Submitted && state != State.Audited) revert WrongState(key, state);
        if (stored.solo && state != State.Audited) revert AuditRequired(key);
        Standard storage rules = standards[stored.version];
        uint256 closesAt = uint256(stored.submittedAt) + rules.challengeWindow;
        if (block.timestamp < closesAt) revert ChallengeWindowOpen(block.timestamp, closesAt);
        uint96 fee = uint96(uint256(header.value) * rules.feeBps / BPS);
        stored.state = State.Settled;
        emit BatchSettled(key, header.value, fee);
        core.settle(header.nodeId, header.orchId, header.value, fee);
    }

    function _checkSubmitWindow(uint32 epoch, uint256 window) private view {
        uint256 endsAt = _clock().epochEnd(epoch);
        if (block.timestamp < endsAt) revert EpochNotOver(epoch, endsAt);
        if (block.timestamp > endsAt + window) revert SubmitWindowOver(block.timestamp, endsAt + window);
    }

    function _checkSignatures(
        BatchHeader calldata header,
        bytes32 headerHash,
        bytes calldata nodeSig,
        bytes calldata orchSig
    ) private view returns (bool solo) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domainSeparator(), headerHash));
        address expected = core.signerAt(header.nodeId, header.epoch);
        address recovered = _recover(digest, nodeSig);
        if (recovered == address(0) || recovered != expected) revert NodeSignatureWrong(expected, recovered);
        if (orchSig.length == 0) return true;
        expected = core.signerAt(header.orchId, header.epoch);
        recovered = _recover(digest, orchSig);
        if (recovered == address(0) || recovered != expected) revert OrchestratorSignatureWrong(expected, recovered);
    }

    /// @dev EIP-2098: r, then s with the parity in its highest bit; s is below half the order by construction there.
    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != COMPACT_SIGNATURE_BYTES) revert SignatureLength(signature.length);
        bytes32 r = bytes32(signature[0:32]);
        bytes32 vs = bytes32(signature[32:64]);
        return ecrecover(digest, uint8(uint256(vs) >> 255) + 27, r, vs & LOW_255_BITS);
    }

    function _checkBounds(Standard memory next) private pure {
        if (next.lossGoodPpm >= next.lossMaxPpm || next.lossMaxPpm > 1_000_000) revert StandardOutOfBounds("loss");
        if (next.jitterGoodUs >= next.jitterMaxUs) revert StandardOutOfBounds("jitter");
        if (next.minUptimeSlots > 64) revert StandardOutOfBounds("minUptimeSlots");
        if (next.feeBps > MAX_FEE_BPS) revert StandardOutOfBounds("feeBps");
        if (next.auditBps > BPS) revert StandardOutOfBounds("auditBps");
        if (next.samples == 0 || next.samples > 32) revert StandardOutOfBounds("samples");
        if (next.submitWindow == 0 || next.submitWindow > 7 days) revert StandardOutOfBounds("submitWindow");
        if (next.challengeWindow > 14 days) revert StandardOutOfBounds("challengeWindow");
        if (next.answerWindow > 14 days) revert StandardOutOfBounds("answerWindow");
    }

    function _clock() private view returns (Clock memory) {
        return Clock({start: clockStart, slotSeconds: slotSeconds});
    }

    function _domainSeparator() private view returns (bytes32) {
        return
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Chroom"), keccak256("1"), block.chainid, address(this)));
    }
}
