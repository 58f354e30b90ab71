// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchHeader} from "../proofs/SignedTypes.sol";
import {Standard} from "../types/Standard.sol";

/// @title Batches of receipts: submission, settlement, and the standards they are judged by.
/// @notice A batch is one claim of a node towards an orchestrator for one epoch. Storage per batch is the hash of its
/// header and one packed slot; later calls pass the header again.
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

    event BatchSubmitted(
        bytes32 indexed key, uint64 indexed nodeId, uint64 indexed orchId, uint32 epoch, uint96 value, uint32 leaves, bytes32 root, bytes32 data, bool solo
    );
    event BatchSettled(bytes32 indexed key, uint96 value, uint96 fee);
    event StandardScheduled(uint32 indexed version, uint32 fromEpoch, Standard standard);

    error NotGovernor(address caller);
    error NoLeaves();
    error EpochNotOver(uint32 epoch, uint256 endsAt);
    error SubmitWindowOver(uint256 now_, uint256 closedAt);
    error AlreadySubmitted(bytes32 key);
    error NodeSignatureWrong(address expected, address recovered);
    error OrchestratorSignatureWrong(address expected, address recovered);
    error SignatureLength(uint256 received);
    error HeaderMismatch(bytes32 key);
    error WrongState(bytes32 key, State actual);
    error ChallengeWindowOpen(uint256 now_, uint256 closesAt);
    /// @dev A batch that the orchestrator did not sign is paid only after an audit.
    error AuditRequired(bytes32 key);
    error ArrayLengths();
    error StandardOutOfBounds(string parameter);

    /// @notice Claims `header.value` for one epoch. The node's signature is needed always; with an empty orchSig the
    /// batch is solo. Signatures are EIP-2098, of the EIP-712 digest of the header, by the keys of the header's epoch.
    function submit(BatchHeader calldata header, bytes calldata nodeSig, bytes calldata orchSig) external;

    /// @notice The same for several batches; all or none.
    function submitMany(BatchHeader[] calldata headers, bytes[] calldata nodeSigs, bytes[] calldata orchSigs) external;

    /// @notice Pays a batch whose challenge window has passed.
    function settle(BatchHeader calldata header) external;

    function settleMany(BatchHeader[] calldata headers) external;

    /// @notice Governor only: a new version of the standards, in force `standardDelay` epochs later.
    function scheduleStandard(Standard calldata standard) external returns (uint32 version);

    function batch(bytes32 key) external view returns (Batch memory);
    function standard(uint32 version) external view returns (Standard memory);
    function versionAt(uint32 epoch) external view returns (uint32);
    function versionCount() external view returns (uint32);
    function standardFrom(uint32 version) external view returns (uint32 fromEpoch);
    function domainSeparator() external view returns (bytes32);
}
