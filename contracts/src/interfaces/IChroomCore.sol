// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Members, stake, orchestrator funds and what is owed to whom.
/// @notice The only contract that holds money. The proofs module can reserve money of an orchestrator's fund for a node's
/// batch and later pay that reservation or give it back; it can do nothing else, and never more than was reserved.
interface IChroomCore {
    enum Kind {
        None,
        Node,
        Orchestrator,
        Registry,
        Validator
    }

    /// @param activeFrom first epoch in which the member may work
    /// @param exitEpoch first epoch in which it may not any more; 0 while it stays
    /// @param atRisk of nodes: value of open batches
    /// @param capacityKbps of nodes: upper bound of what a batch may claim
    struct Member {
        address owner;
        Kind kind;
        uint32 activeFrom;
        uint32 exitEpoch;
        uint96 stake;
        uint96 atRisk;
        uint32 capacityKbps;
    }

    /// @param total deposited and not yet paid out
    /// @param reserved part of total that open batches hold
    struct Fund {
        uint96 total;
        uint96 reserved;
    }

    event MemberRegistered(
        uint64 indexed id, Kind kind, address indexed owner, address signer, uint32 activeFrom, uint32 capacityKbps, bytes32 endpointHash
    );
    event SignerChanged(uint64 indexed id, address signer, uint32 fromEpoch);
    event EndpointChanged(uint64 indexed id, bytes32 endpointHash);
    event StakeAdded(uint64 indexed id, uint96 amount, uint96 stake);
    event ExitRequested(uint64 indexed id, uint32 exitEpoch, uint40 withdrawableAt);
    event ExitCancelled(uint64 indexed id);
    event StakeWithdrawn(uint64 indexed id, address to, uint96 amount);
    event Funded(uint64 indexed orchId, address from, uint96 amount, uint96 total);
    event FundWithdrawalRequested(uint64 indexed orchId, uint96 amount, uint40 withdrawableAt);
    event FundWithdrawn(uint64 indexed orchId, address to, uint96 amount);
    event BatchOpened(uint64 indexed nodeId, uint64 indexed orchId, uint32 epoch, uint96 value);
    event BatchPaid(uint64 indexed nodeId, uint64 indexed orchId, uint96 value, uint96 fee);
    event Claimed(uint64 indexed id, address to, uint96 amount);
    event ProofsChanged(address proofs);
    event ProofsScheduled(address proofs, uint40 effectiveAt);

    error NotOwner(uint64 id, address caller);
    error NotProofs(address caller);
    error NotGovernor(address caller);
    error WrongKind(uint64 id, Kind expected, Kind actual);
    error NotActive(uint64 id, uint32 epoch);
    error ZeroAddress();
    error ZeroAmount();
    error ExitNotRequested(uint64 id);
    error AlreadyExiting(uint64 id);
    error TooEarly(uint256 now_, uint256 allowedAt);
    error StakeAtRisk(uint64 id, uint96 atRisk);
    error FeeOnTransfer(uint256 expected, uint256 received);
    error AmountTooLarge(uint256 amount);
    /// @dev volume * 8 would exceed what the node's capacity can carry in one epoch.
    error OverCapacity(uint256 bits, uint256 allowedBits);
    error FundTooSmall(uint64 orchId, uint96 value, uint96 free);
    /// @dev 20 * value + 1 token must be covered by the node's stake.
    error StakeTooSmall(uint64 nodeId, uint256 required, uint96 stake);
    /// @dev All open batches together may put a quarter of the stake at risk.
    error CollateralTooSmall(uint64 nodeId, uint256 atRisk, uint256 allowed);
    error UnbondingTooShort(uint256 unbonding, uint256 required);
    error NothingToClaim(uint64 id);

    /// @notice Makes the caller the owner of a new member that may work from the next epoch on.
    /// @param signer the secp256k1 key that signs for it
    /// @param capacityKbps nodes: bound of what a batch may claim; other kinds: 0
    /// @param stake taken from the caller by transferFrom; may be 0
    /// @param endpointHash keccak256 of what the member announces about its endpoints
    function register(Kind kind, address signer, uint32 capacityKbps, uint96 stake, bytes32 endpointHash)
        external
        returns (uint64 id);

    /// @notice Adds to a member's stake; anybody may.
    function addStake(uint64 id, uint96 amount) external;

    /// @notice Replaces the signer from the next epoch on. Signatures are checked against the key of their epoch.
    function setSigner(uint64 id, address signer) external;

    function setEndpoint(uint64 id, bytes32 endpointHash) external;

    /// @notice Ends the member's work with the next epoch; its stake can be withdrawn after the unbonding time.
    function requestExit(uint64 id) external;

    function cancelExit(uint64 id) external;

    /// @notice After the unbonding time and when no batch is open.
    function withdrawStake(uint64 id, address to) external;

    /// @notice Money that pays for work in the orchestrator's rooms; anybody may add.
    function fund(uint64 orchId, uint96 amount) external;

    /// @notice Announces a withdrawal. Until it happens the amount still pays for batches.
    function requestFundWithdrawal(uint64 orchId, uint96 amount) external;

    /// @notice After the fund's withdrawal time: the requested amount, or what is free of it.
    function withdrawFund(uint64 orchId, address to) external returns (uint96 amount);

    /// @notice What a node has earned and not claimed yet goes to `to`.
    function claim(uint64 id, address to) external returns (uint96 amount);

    /// @notice Proofs only: reserves `value` of the fund and of the node's collateral for one batch.
    function openBatch(uint64 nodeId, uint64 orchId, uint32 epoch, uint96 value, uint64 volume) external;

    /// @notice Proofs only: pays a reservation; `fee` of it stays with the network.
    function settle(uint64 nodeId, uint64 orchId, uint96 value, uint96 fee) external;

    function member(uint64 id) external view returns (Member memory);
    function funds(uint64 orchId) external view returns (Fund memory);
    function accrued(uint64 id) external view returns (uint96);
    /// @notice Fees of the network that are not distributed yet.
    function fees() external view returns (uint96);
    function memberCount() external view returns (uint64);
    /// @notice The key that signs for a member in an epoch; zero when it has none.
    function signerAt(uint64 id, uint32 epoch) external view returns (address);
    function currentEpoch() external view returns (uint32);
    function isActive(uint64 id, uint32 epoch) external view returns (bool);
}
