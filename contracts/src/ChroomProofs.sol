// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IChroomCore} from "./interfaces/IChroomCore.sol";
import {IChroomProofs} from "./interfaces/IChroomProofs.sol";
import {BatchHeader} from "./proofs/SignedTypes.sol";
import {Clock} from "./types/Clock.sol";
import {PackedBatch, packBatch} from "./types/PackedBatch.sol";
import {BPS, Standard} from "./types/Standard.sol";
import {StandardHistory} from "./types/StandardHistory.sol";

/// @title See IChroomProofs.
contract ChroomProofs is IChroomProofs {
    using SafeCast for uint256;

    struct StoredBatch {
        bytes32 headerHash;
        PackedBatch packed;
    }

    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    uint256 private constant COMPACT_SIGNATURE_BYTES = 64;
    bytes32 private constant LOW_255_BITS = bytes32(type(uint256).max >> 1);

    IChroomCore public immutable core;
    address public immutable governor;
    uint32 public immutable standardDelay;
    uint256 private immutable domainChainId;
    bytes32 private immutable domain;
    uint40 private immutable clockStart;
    uint32 private immutable slotSeconds;
    uint256 private immutable firstEpochEnd;
    uint256 private immutable epochSeconds;

    mapping(bytes32 key => StoredBatch) private batches;
    StandardHistory private standards;

    constructor(IChroomCore core_, address governor_, uint32 standardDelay_, Standard memory first) {
        if (governor_ == address(0)) revert ZeroGovernor();
        core = core_;
        governor = governor_;
        standardDelay = standardDelay_;
        Clock memory clock = core_.clock();
        clockStart = clock.start;
        slotSeconds = clock.slotSeconds;
        firstEpochEnd = clock.epochEnd(0);
        epochSeconds = clock.epochSeconds();
        domainChainId = block.chainid;
        domain = _domainSeparator();
        first.checkBounds(core_.unbonding());
        standards.begin(first);
        emit StandardScheduled(0, 0, first);
    }

    function submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) external {
        _submit(header, nodeSig, orchSig);
    }

    function submitMany(BatchHeader[] calldata headers, bytes[] calldata nodeSigs, bytes[] calldata orchSigs) external {
        if (headers.length != nodeSigs.length || headers.length != orchSigs.length) revert ArrayLengths();
        for (uint256 i = 0; i < headers.length; i++) {
            _submit(headers[i], nodeSigs[i], orchSigs[i]);
        }
    }

    function settle(BatchHeader calldata header) external {
        _settle(header);
    }

    function settleMany(BatchHeader[] calldata headers) external {
        for (uint256 i = 0; i < headers.length; i++) {
            _settle(headers[i]);
        }
    }

    function releaseUnaudited(BatchHeader calldata header) external {
        (bytes32 key, Batch memory stored) = _openBatch(header);
        if (!stored.solo) revert NotSolo(key);
        if (stored.state != State.Submitted) revert WrongState(key, stored.state);
        uint256 endsAt = stored.submittedAt + standards.versions[stored.version].windowsSum();
        if (block.timestamp <= endsAt) revert AuditStillPossible(block.timestamp, endsAt);
        batches[key].packed = batches[key].packed.withState(State.Rejected);
        emit BatchRejected(key, header.value);
        core.reject(header.nodeId, header.orchId, header.value);
    }

    function scheduleStandard(Standard calldata next) external returns (uint32 version) {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        Standard memory checked = next;
        checked.checkBounds(core.unbonding());
        // The delay is constant and time does not go back: the first epochs never fall.
        uint32 fromEpoch = _clock().epochAt(block.timestamp) + standardDelay;
        version = standards.add(checked, fromEpoch);
        emit StandardScheduled(version, fromEpoch, checked);
    }

    function batch(bytes32 key) external view returns (Batch memory) {
        return batches[key].packed.unpack(batches[key].headerHash);
    }

    function standard(uint32 version) external view returns (Standard memory) {
        if (version > standards.newest.version) revert UnknownVersion(version);
        return standards.versions[version];
    }

    function standardFrom(uint32 version) external view returns (uint32) {
        if (version > standards.newest.version) revert UnknownVersion(version);
        return standards.fromEpochs[version];
    }

    function versionAt(uint32 epoch) external view returns (uint32) {
        return standards.versionAt(epoch);
    }

    function versionCount() external view returns (uint32) {
        return standards.newest.version + 1;
    }

    function domainSeparator() public view returns (bytes32) {
        return block.chainid == domainChainId ? domain : _domainSeparator();
    }

    function _submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) private {
        BatchHeader memory read = header;
        if (read.leaves == 0) revert NoLeaves();
        bytes32 key = read.batchKey();
        if (batches[key].packed.stateOf() != State.None) revert AlreadySubmitted(key);
        (uint32 version, uint32 submitWindow) = standards.submissionAt(read.epoch);
        _checkSubmitWindow(read.epoch, submitWindow);
        // Core calls nobody; it says whose signatures are needed and has reserved the money, unless all is reverted below.
        (address nodeSigner, address orchSigner) =
            core.openBatch(read.nodeId, read.orchId, read.epoch, read.value, read.volume);
        bytes32 headerHash = read.hashBatchHeader();
        bool solo = _checkSignatures(headerHash, nodeSig, nodeSigner, orchSig, orchSigner);
        batches[key] = StoredBatch({
            headerHash: headerHash,
            packed: packBatch(read.value, block.timestamp.toUint40(), version, State.Submitted, solo)
        });
        _emitSubmitted(read, solo);
    }

    function _settle(BatchHeader calldata header) private {
        (bytes32 key, Batch memory stored) = _openBatch(header);
        if (stored.solo && stored.state != State.Audited) revert AuditRequired(key);
        Standard storage rules = standards.versions[stored.version];
        uint256 closesAt = uint256(stored.submittedAt) + rules.challengeWindow;
        if (block.timestamp < closesAt) revert ChallengeWindowOpen(block.timestamp, closesAt);
        uint96 fee = (uint256(header.value) * rules.feeBps / BPS).toUint96();
        batches[key].packed = batches[key].packed.withState(State.Settled);
        emit BatchSettled(key, header.value, fee);
        core.settle(header.nodeId, header.orchId, header.value, fee);
    }

    /// @dev The batch of a header, while it is neither paid nor rejected.
    function _openBatch(BatchHeader calldata header) private view returns (bytes32 key, Batch memory stored) {
        BatchHeader memory read = header;
        key = read.batchKey();
        stored = batches[key].packed.unpack(batches[key].headerHash);
        if (stored.state != State.Submitted && stored.state != State.Audited) revert WrongState(key, stored.state);
        if (stored.headerHash != read.hashBatchHeader()) revert HeaderMismatch(key);
    }

    function _checkSubmitWindow(uint32 epoch, uint256 window) private view {
        uint256 endsAt;
        // 40 bits, and 32 bits times 38 bits.
        unchecked {
            endsAt = firstEpochEnd + uint256(epoch) * epochSeconds;
        }
        if (block.timestamp < endsAt) revert EpochNotOver(epoch, endsAt);
        uint256 closesAt = endsAt + window;
        if (block.timestamp <= closesAt) return;
        // Only latecomers pay for the question how long the intake stood still meanwhile. A stop after the window moves
        // both sides of the comparison by no more than itself: it reopens nothing.
        closesAt += core.stoppedSeconds(endsAt);
        if (block.timestamp > closesAt) revert SubmitWindowOver(block.timestamp, closesAt);
    }

    /// @dev emit BatchSubmitted(...) of the header's fields. By hand, because they lie in memory as the event has them:
    /// 900 gas less for each batch, and more local variables than the compiler can hold.
    function _emitSubmitted(BatchHeader memory header, bool solo) private {
        bytes32 topic = BatchSubmitted.selector;
        (uint256 nodeId, uint256 orchId) = (header.nodeId, header.orchId);
        assembly ("memory-safe") {
            // Free memory is used as scratch space and not taken.
            let data := mload(0x40)
            // Seven fields of 32 bytes, from epoch on: the two before are topics.
            mcopy(data, add(header, 64), 224)
            mstore(add(data, 224), solo)
            log3(data, 256, topic, nodeId, orchId)
        }
    }

    function _checkSignatures(
        bytes32 headerHash,
        bytes calldata nodeSig,
        address nodeSigner,
        bytes calldata orchSig,
        address orchSigner
    ) private view returns (bool solo) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", domainSeparator(), headerHash));
        address recovered = _recover(digest, nodeSig);
        if (recovered != nodeSigner) revert NodeSignatureWrong(nodeSigner, recovered);
        if (orchSig.length == 0) return true;
        recovered = _recover(digest, orchSig);
        if (recovered != orchSigner) revert OrchestratorSignatureWrong(orchSigner, recovered);
    }

    /// @dev Zero for bytes that are no signature; no member has that key. EIP-2098: r, then s with the parity in its highest bit. A second signature of the same header changes nothing:
    /// what is stored and unique is the header.
    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address) {
        if (signature.length != COMPACT_SIGNATURE_BYTES) revert SignatureLength(signature.length);
        bytes32 r;
        bytes32 vs;
        assembly ("memory-safe") {
            // The length is checked above: two words lie there.
            r := calldataload(signature.offset)
            vs := calldataload(add(signature.offset, 32))
        }
        return ecrecover(digest, uint256(vs) >> 255 == 0 ? 27 : 28, r, vs & LOW_255_BITS);
    }

    function _clock() private view returns (Clock memory) {
        return Clock({start: clockStart, slotSeconds: slotSeconds});
    }

    function _domainSeparator() private view returns (bytes32) {
        return
            keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Chroom"), keccak256("1"), block.chainid, address(this)));
    }
}
