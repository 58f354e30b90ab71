// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Clock} from "../types/Clock.sol";

/// @title Members, stake, orchestrator funds and what is owed to whom.
/// @notice The only contract that holds money. The proofs module can reserve money of an orchestrator's fund for a node's
/// batch and later pay that reservation or give it back; it can do nothing else, and never more than was reserved.
/// At every moment the balance of the asset is the sum of all stakes, funds, accruals and fees.
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

    /// @param amount announced and not withdrawn yet
    /// @param availableAt second from which it can be withdrawn
    struct Withdrawal {
        uint96 amount;
        uint40 availableAt;
    }

    event MemberRegistered(
        uint64 indexed id,
        Kind kind,
        address indexed owner,
        address signer,
        uint32 activeFrom,
        uint32 capacityKbps,
        bytes32 endpointHash
    );
    event SignerChanged(uint64 indexed id, address signer, uint32 fromEpoch);
    event EndpointChanged(uint64 indexed id, bytes32 endpointHash);
    event StakeAdded(uint64 indexed id, uint96 amount, uint96 stake);
    event ExitRequested(uint64 indexed id, uint32 exitEpoch, uint40 withdrawableAt);
    event ExitCancelled(uint64 indexed id);
    event StakeWithdrawn(uint64 indexed id, address to, uint96 amount);
    event Funded(uint64 indexed orchId, address from, uint96 amount, uint96 total);
    /// @dev An amount of zero takes the announcement back.
    event FundWithdrawalRequested(uint64 indexed orchId, uint96 amount, uint40 availableAt);
    event FundWithdrawn(uint64 indexed orchId, address to, uint96 amount);
    event BatchPaid(uint64 indexed nodeId, uint64 indexed orchId, uint96 value, uint96 fee);
    event BatchReleased(uint64 indexed nodeId, uint64 indexed orchId, uint96 value);
    event Claimed(uint64 indexed id, address to, uint96 amount);
    event ProofsChanged(address proofs);
    event ProofsScheduled(address proofs, uint40 effectiveAt);
    event GuardianChanged(address guardian);
    event IntakeStopped(uint40 until);
    event IntakeResumed();

    error NotOwner(uint64 id, address caller);
    error NotProofs(address caller);
    error NotGovernor(address caller);
    error NotGuardian(address caller);
    error WrongKind(uint64 id, Kind expected, Kind actual);
    error NotAMember(uint64 id);
    error NotActive(uint64 id, uint32 epoch);
    error ZeroAddress();
    error ZeroAmount();
    error ZeroSlot();
    /// @dev Nodes name a capacity, nobody else does.
    error CapacityOfKind(Kind kind, uint32 capacityKbps);
    error ExitNotRequested(uint64 id);
    error AlreadyExiting(uint64 id);
    error ExitBegun(uint64 id, uint32 exitEpoch);
    error TooEarly(uint256 now_, uint256 allowedAt);
    error StakeAtRisk(uint64 id, uint96 atRisk);
    error FeeOnTransfer(uint256 expected, uint256 received);
    /// @dev volume * 8 would exceed what the node's capacity can carry in one epoch.
    error OverCapacity(uint256 bits, uint256 allowedBits);
    error FundTooSmall(uint64 orchId, uint96 value, uint96 free);
    /// @dev 20 * value + 1 token must be covered by the node's stake.
    error StakeTooSmall(uint64 nodeId, uint256 required, uint96 stake);
    /// @dev All open batches together may put a quarter of the stake at risk.
    error CollateralTooSmall(uint64 nodeId, uint256 atRisk, uint256 allowed);
    error FeeTooLarge(uint96 value, uint96 fee);
    error UnbondingTooShort(uint256 unbonding, uint256 required);
    error WithdrawalDelayTooShort(uint256 delay, uint256 required);
    error NothingToClaim(uint64 id);
    error NothingScheduled();
    error NotStopped();
    /// @dev The guardian has stopped deposits and submissions; everything else goes on.
    error Stopped(uint256 until);

    /// @notice Governor only. The first module is set at once; each later one takes at least the unbonding time, so that
    /// every member can leave before it.
    function setProofs(address next) external;

    /// @notice Puts the scheduled module in force; anybody may, once it is time. The module before it can still end the
    /// batches that it has opened, and open no new ones.
    function activateProofs() external;

    /// @notice Governor only: who may stop the intake, once. Zero takes the right away.
    function setGuardian(address next) external;

    /// @notice Guardian only: refuses new deposits and batches for seven days. It spends the guardian's right until the
    /// governor gives it again. Exits, withdrawals, claims and settlement go on.
    function stopIntake() external;

    /// @notice Governor only: ends a stop early.
    function resumeIntake() external;

    /// @notice Makes the caller the owner of a new member that may work from the next epoch on.
    /// @param signer the secp256k1 key that signs for it
    /// @param capacityKbps nodes: bound of what a batch may claim, above 0; other kinds: 0
    /// @param stake taken from the caller by transferFrom; may be 0
    /// @param endpointHash keccak256 of what the member announces about its endpoints
    function register(Kind kind, address signer, uint32 capacityKbps, uint96 stake, bytes32 endpointHash)
        external
        returns (uint64 id);

    /// @notice Adds to a member's stake; anybody may.
    function addStake(uint64 id, uint96 amount) external;

    /// @notice Owner only: replaces the signer from the next epoch on. Signatures are checked against the key of their
    /// epoch; a second change before the first took effect replaces it.
    function setSigner(uint64 id, address signer) external;

    /// @notice Owner only.
    function setEndpoint(uint64 id, bytes32 endpointHash) external;

    /// @notice Owner only: ends the member's work with the next epoch; its stake can be withdrawn after the unbonding time.
    function requestExit(uint64 id) external;

    /// @notice Owner only, until the exit epoch begins. Afterwards the member has left and registers anew: were it active
    /// again, the epochs between would have to count as worked, or those before as not worked.
    function cancelExit(uint64 id) external;

    /// @notice Owner only, after the unbonding time and when no batch is open.
    function withdrawStake(uint64 id, address to) external;

    /// @notice Money that pays for work in the orchestrator's rooms; anybody may add.
    function fund(uint64 orchId, uint96 amount) external;

    /// @notice Owner only: announces a withdrawal, in place of an earlier one; 0 takes it back. Until it happens the amount
    /// still pays for batches, but nodes should count it as gone from here on: once available it can be taken at any time.
    function requestFundWithdrawal(uint64 orchId, uint96 amount) external;

    /// @notice Owner only, after the fund's withdrawal time: the requested amount, or what is free of it.
    function withdrawFund(uint64 orchId, address to) external returns (uint96 amount);

    /// @notice Owner only: what a member has earned and not claimed yet goes to `to`.
    function claim(uint64 id, address to) external returns (uint96 amount);

    /// @notice Proofs only: reserves `value` of the fund and of the node's collateral for one batch. The module's event of
    /// the submission says so; there is no second one here.
    /// @return nodeSigner the node's key in that epoch
    /// @return orchSigner the orchestrator's key in that epoch
    function openBatch(uint64 nodeId, uint64 orchId, uint32 epoch, uint96 value, uint64 volume)
        external
        returns (address nodeSigner, address orchSigner);

    /// @notice Proofs only: pays a reservation; `fee` of it, at most a tenth, stays with the network.
    function settle(uint64 nodeId, uint64 orchId, uint96 value, uint96 fee) external;

    /// @notice Proofs only: gives a reservation back to the fund.
    function reject(uint64 nodeId, uint64 orchId, uint96 value) external;

    function asset() external view returns (IERC20);
    function governor() external view returns (address);
    function guardian() external view returns (address);
    function proofs() external view returns (address);
    /// @notice Seconds between the end of a member's last epoch and the withdrawal of its stake.
    function unbonding() external view returns (uint40);
    /// @notice Seconds between the announcement of a fund's withdrawal and the withdrawal.
    function fundWithdrawalDelay() external view returns (uint40);
    function member(uint64 id) external view returns (Member memory);
    function memberCount() external view returns (uint64);
    function isActive(uint64 id, uint32 epoch) external view returns (bool);
    /// @notice The key that signs for a member in an epoch; zero when it has none.
    function signerAt(uint64 id, uint32 epoch) external view returns (address);
    /// @notice Second from which the stake of a leaving member can be withdrawn; 0 while it stays.
    function stakeWithdrawableAt(uint64 id) external view returns (uint40);
    function funds(uint64 orchId) external view returns (Fund memory);
    function fundWithdrawal(uint64 orchId) external view returns (Withdrawal memory);
    function accrued(uint64 id) external view returns (uint96);
    /// @notice Fees of the network that are not distributed yet.
    function fees() external view returns (uint96);
    /// @notice How long the intake has stood still since that time, up to now, all its stops together; no time ahead.
    function stoppedSeconds(uint256 since) external view returns (uint256);
    function clock() external view returns (Clock memory);
    function currentEpoch() external view returns (uint32);
}
