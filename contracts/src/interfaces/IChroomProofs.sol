// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IChroomCore} from "./IChroomCore.sol";
import {BatchHeader} from "../proofs/SignedTypes.sol";
import {Standard} from "../types/Standard.sol";

/// @title Batches of receipts: submission, settlement, and the standards they are judged by.
/// @notice A batch is one claim of a node towards an orchestrator for one epoch; there is one per (node, orchestrator,
/// epoch), ever. Storage per batch is the hash of its header and one packed slot; later calls pass the header again, and
/// the event of its submission holds all of it.
interface IChroomProofs {
    enum State {
        None,
        Submitted,
        Audited,
        Settled,
        Rejected
    }

    /// @param submittedAt seconds
    /// @param version of the standard in force at the start of the batch's epoch
    /// @param solo without the orchestrator's signature: it must be audited before it can be settled
    struct Batch {
        bytes32 headerHash;
        uint96 value;
        uint40 submittedAt;
        uint32 version;
        State state;
        bool solo;
    }

    /// @dev The header, whose first two fields are the topics.
    event BatchSubmitted(
        uint64 indexed nodeId,
        uint64 indexed orchId,
        uint32 epoch,
        uint32 leaves,
        uint96 value,
        uint64 volume,
        uint64 slots,
        bytes32 root,
        bytes32 data,
        bool solo
    );
    event BatchSettled(bytes32 indexed key, uint96 value, uint96 fee);
    event BatchRejected(bytes32 indexed key, uint96 value);
    event StandardScheduled(uint32 indexed version, uint32 fromEpoch, Standard standard);

    error NotGovernor(address caller);
    error ZeroGovernor();
    error NoLeaves();
    error EpochNotOver(uint32 epoch, uint256 endsAt);
    /// @param closedAt end of the window, moved by all stops of the intake since the end of the epoch
    error SubmitWindowOver(uint256 now_, uint256 closedAt);
    error AlreadySubmitted(bytes32 key);
    error NodeSignatureWrong(address expected, address recovered);
    error OrchestratorSignatureWrong(address expected, address recovered);
    error SignatureLength(uint256 received);
    error HeaderMismatch(bytes32 key);
    error WrongState(bytes32 key, State actual);
    error ChallengeWindowOpen(uint256 now_, uint256 closesAt);
    error AuditStillPossible(uint256 now_, uint256 endsAt);
    /// @dev A batch that the orchestrator did not sign is paid only after an audit.
    error AuditRequired(bytes32 key);
    error NotSolo(bytes32 key);
    error ArrayLengths();
    error UnknownVersion(uint32 version);

    /// @notice Claims `header.value` for one epoch. The node's signature is needed always; with an empty orchSig the
    /// batch is solo. Signatures are EIP-2098, of the EIP-712 digest of the header, by the keys of the header's epoch.
    /// Accepted from the end of the epoch until its submit window is over; every stop of the intake lengthens the
    /// window by the part of the stop that fell into it.
    function submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) external;

    /// @notice The same for several batches; all or none.
    function submitMany(BatchHeader[] calldata headers, bytes[] calldata nodeSigs, bytes[] calldata orchSigs) external;

    /// @notice Pays a batch whose challenge window has passed; anybody may.
    function settle(BatchHeader calldata header) external;

    /// @notice The same for several batches; all or none.
    function settleMany(BatchHeader[] calldata headers) external;

    /// @notice Ends a solo batch that nobody has audited in time: its reservation goes back to the fund; anybody may.
    function releaseUnaudited(BatchHeader calldata header) external;

    /// @notice Governor only: a new version of the standards, in force `standardDelay` epochs later.
    function scheduleStandard(Standard calldata next) external returns (uint32 version);

    function core() external view returns (IChroomCore);
    function governor() external view returns (address);
    /// @notice Epochs between the scheduling of a standard and its first epoch.
    function standardDelay() external view returns (uint32);
    function batch(bytes32 key) external view returns (Batch memory);
    function standard(uint32 version) external view returns (Standard memory);
    /// @notice The version in force at the start of an epoch.
    function versionAt(uint32 epoch) external view returns (uint32);
    function versionCount() external view returns (uint32);
    function standardFrom(uint32 version) external view returns (uint32 fromEpoch);
    function domainSeparator() external view returns (bytes32);
}
