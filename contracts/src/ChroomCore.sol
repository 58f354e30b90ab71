// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IChroomCore} from "./interfaces/IChroomCore.sol";
import {Clock} from "./types/Clock.sol";
import {Intake} from "./types/Intake.sol";
import {Seat, Standing} from "./types/Seat.sol";
import {BPS, MAX_FEE_BPS} from "./types/Standard.sol";
import {StopHistory} from "./types/StopHistory.sol";

/// @title See IChroomCore.
contract ChroomCore is IChroomCore {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

    /// @dev Who decides for a member, and since when it is one.
    struct Owner {
        address account;
        uint32 activeFrom;
    }

    /// @dev What stands for a member's work.
    struct Collateral {
        uint96 stake;
        uint96 atRisk;
        uint32 capacityKbps;
    }

    uint256 private constant STAKE_PER_VALUE = 20;
    uint256 private constant STAKE_FLOOR = 1e18;
    uint256 private constant RISK_DIVISOR = 4;
    uint40 private constant STOP_SECONDS = 7 days;

    IERC20 public immutable asset;
    address public immutable governor;
    uint40 public immutable unbonding;
    uint40 public immutable fundWithdrawalDelay;
    uint40 private immutable clockStart;
    uint32 private immutable slotSeconds;
    /// @dev Bits that one kbit/s carries in an epoch.
    uint256 private immutable epochKilobits;

    Intake private intake;

    /// @dev The module before this one; it may still end what it has opened.
    address private retiredProofs;
    address private scheduledProofs;
    uint40 private scheduledProofsAt;
    /// @dev In one slot with the fees, so that the first fee of a network falls into a slot that its members have opened
    /// already: 17 100 gas less for the first settlement.
    uint64 public memberCount;
    uint96 public fees;
    address public guardian;
    mapping(uint64 id => Owner) private owners;
    mapping(uint64 id => Seat) private seats;
    mapping(uint64 id => Collateral) private collaterals;
    mapping(uint64 id => Fund) private orchestratorFunds;
    mapping(uint64 id => uint96) public accrued;
    mapping(uint64 id => uint40) public stakeWithdrawableAt;
    mapping(uint64 id => Withdrawal) private fundWithdrawals;
    StopHistory private stopHistory;

    /// @param windows submit + back-date + audit + challenge windows in seconds; unbonding is at least twice as long, and
    /// a fund's withdrawal takes at least as long
    constructor(
        IERC20 asset_,
        address governor_,
        address guardian_,
        Clock memory clock_,
        uint40 unbonding_,
        uint40 fundWithdrawalDelay_,
        uint40 windows
    ) {
        if (address(asset_) == address(0) || governor_ == address(0)) revert ZeroAddress();
        if (clock_.slotSeconds == 0) revert ZeroSlot();
        if (unbonding_ < 2 * uint256(windows)) revert UnbondingTooShort(unbonding_, 2 * uint256(windows));
        if (fundWithdrawalDelay_ < windows) revert WithdrawalDelayTooShort(fundWithdrawalDelay_, windows);
        asset = asset_;
        governor = governor_;
        guardian = guardian_;
        unbonding = unbonding_;
        fundWithdrawalDelay = fundWithdrawalDelay_;
        clockStart = clock_.start;
        slotSeconds = clock_.slotSeconds;
        epochKilobits = 1000 * clock_.epochSeconds();
    }

    modifier onlyOwner(uint64 id) {
        if (owners[id].account != msg.sender) revert NotOwner(id, msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    /// @dev The module in force, or the one before it: what was opened can always be ended.
    modifier onlySettling() {
        if (msg.sender != intake.proofs && msg.sender != retiredProofs) revert NotProofs(msg.sender);
        _;
    }

    modifier whileOpen() {
        if (block.timestamp < intake.stoppedUntil) revert Stopped(intake.stoppedUntil);
        _;
    }

    function setProofs(address next) external onlyGovernor {
        if (next == address(0)) revert ZeroAddress();
        if (intake.proofs == address(0)) {
            intake.proofs = next;
            emit ProofsChanged(next);
            return;
        }
        scheduledProofs = next;
        scheduledProofsAt = _now() + unbonding;
        emit ProofsScheduled(next, scheduledProofsAt);
    }

    function activateProofs() external {
        address next = scheduledProofs;
        if (next == address(0)) revert NothingScheduled();
        if (block.timestamp < scheduledProofsAt) revert TooEarly(block.timestamp, scheduledProofsAt);
        retiredProofs = intake.proofs;
        intake.proofs = next;
        scheduledProofs = address(0);
        emit ProofsChanged(next);
    }

    function setGuardian(address next) external onlyGovernor {
        guardian = next;
        emit GuardianChanged(next);
    }

    function stopIntake() external {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        guardian = address(0);
        uint40 until = _now() + STOP_SECONDS;
        intake.stoppedUntil = until;
        stopHistory.begin(_now(), until);
        emit IntakeStopped(until);
    }

    function resumeIntake() external onlyGovernor {
        if (block.timestamp >= intake.stoppedUntil) revert NotStopped();
        intake.stoppedUntil = _now();
        stopHistory.endNewest(_now());
        emit IntakeResumed();
    }

    function register(Kind kind, address signer, uint32 capacityKbps, uint96 stake, bytes32 endpointHash)
        external
        whileOpen
        returns (uint64 id)
    {
        if (kind == Kind.None) revert WrongKind(0, Kind.Node, kind);
        if (signer == address(0)) revert ZeroAddress();
        if ((kind == Kind.Node) != (capacityKbps > 0)) revert CapacityOfKind(kind, capacityKbps);
        id = ++memberCount;
        uint32 activeFrom = currentEpoch() + 1;
        owners[id] = Owner({account: msg.sender, activeFrom: activeFrom});
        seats[id].standing.kind = kind;
        seats[id].setSigner(signer, activeFrom);
        collaterals[id] = Collateral({stake: stake, atRisk: 0, capacityKbps: capacityKbps});
        emit MemberRegistered(id, kind, msg.sender, signer, activeFrom, capacityKbps, endpointHash);
        if (stake > 0) {
            emit StakeAdded(id, stake, stake);
            _pull(stake);
        }
    }

    function addStake(uint64 id, uint96 amount) external whileOpen {
        if (seats[id].standing.kind == Kind.None) revert NotAMember(id);
        if (amount == 0) revert ZeroAmount();
        uint96 stake = collaterals[id].stake + amount;
        collaterals[id].stake = stake;
        emit StakeAdded(id, amount, stake);
        _pull(amount);
    }

    function setSigner(uint64 id, address signer) external onlyOwner(id) {
        if (signer == address(0)) revert ZeroAddress();
        uint32 fromEpoch = currentEpoch() + 1;
        seats[id].setSigner(signer, fromEpoch);
        emit SignerChanged(id, signer, fromEpoch);
    }

    function setEndpoint(uint64 id, bytes32 endpointHash) external onlyOwner(id) {
        emit EndpointChanged(id, endpointHash);
    }

    function requestExit(uint64 id) external onlyOwner(id) {
        Standing storage leaving = seats[id].standing;
        if (leaving.exitEpoch != 0) revert AlreadyExiting(id);
        uint32 epoch = currentEpoch();
        uint40 withdrawableAt = clock().epochEnd(epoch).toUint40() + unbonding;
        leaving.exitEpoch = epoch + 1;
        stakeWithdrawableAt[id] = withdrawableAt;
        emit ExitRequested(id, epoch + 1, withdrawableAt);
    }

    function cancelExit(uint64 id) external onlyOwner(id) {
        Standing storage staying = seats[id].standing;
        uint32 exitEpoch = staying.exitEpoch;
        if (exitEpoch == 0) revert ExitNotRequested(id);
        if (currentEpoch() >= exitEpoch) revert ExitBegun(id, exitEpoch);
        staying.exitEpoch = 0;
        delete stakeWithdrawableAt[id];
        emit ExitCancelled(id);
    }

    function withdrawStake(uint64 id, address to) external onlyOwner(id) {
        if (to == address(0)) revert ZeroAddress();
        if (seats[id].standing.exitEpoch == 0) revert ExitNotRequested(id);
        if (block.timestamp < stakeWithdrawableAt[id]) revert TooEarly(block.timestamp, stakeWithdrawableAt[id]);
        Collateral storage leaving = collaterals[id];
        if (leaving.atRisk > 0) revert StakeAtRisk(id, leaving.atRisk);
        uint96 amount = leaving.stake;
        if (amount == 0) revert ZeroAmount();
        leaving.stake = 0;
        emit StakeWithdrawn(id, to, amount);
        asset.safeTransfer(to, amount);
    }

    function fund(uint64 orchId, uint96 amount) external whileOpen {
        _requireOrchestrator(orchId);
        if (amount == 0) revert ZeroAmount();
        Fund storage account = orchestratorFunds[orchId];
        account.total += amount;
        emit Funded(orchId, msg.sender, amount, account.total);
        _pull(amount);
    }

    function requestFundWithdrawal(uint64 orchId, uint96 amount) external onlyOwner(orchId) {
        _requireOrchestrator(orchId);
        uint40 availableAt = _now() + fundWithdrawalDelay;
        fundWithdrawals[orchId] = Withdrawal({amount: amount, availableAt: availableAt});
        emit FundWithdrawalRequested(orchId, amount, availableAt);
    }

    function withdrawFund(uint64 orchId, address to) external onlyOwner(orchId) returns (uint96 amount) {
        if (to == address(0)) revert ZeroAddress();
        Withdrawal memory wanted = fundWithdrawals[orchId];
        if (wanted.amount == 0) revert ZeroAmount();
        if (block.timestamp < wanted.availableAt) revert TooEarly(block.timestamp, wanted.availableAt);
        delete fundWithdrawals[orchId];
        Fund storage account = orchestratorFunds[orchId];
        uint96 free = account.total - account.reserved;
        amount = wanted.amount < free ? wanted.amount : free;
        account.total -= amount;
        emit FundWithdrawn(orchId, to, amount);
        asset.safeTransfer(to, amount);
    }

    function claim(uint64 id, address to) external onlyOwner(id) returns (uint96 amount) {
        if (to == address(0)) revert ZeroAddress();
        amount = accrued[id];
        if (amount == 0) revert NothingToClaim(id);
        accrued[id] = 0;
        emit Claimed(id, to, amount);
        asset.safeTransfer(to, amount);
    }

    function openBatch(uint64 nodeId, uint64 orchId, uint32 epoch, uint96 value, uint64 volume)
        external
        returns (address nodeSigner, address orchSigner)
    {
        Intake memory gate = intake;
        if (msg.sender != gate.proofs) revert NotProofs(msg.sender);
        if (block.timestamp < gate.stoppedUntil) revert Stopped(gate.stoppedUntil);
        nodeSigner = _workingSigner(nodeId, Kind.Node, epoch);
        orchSigner = _workingSigner(orchId, Kind.Orchestrator, epoch);
        _reserveCollateral(nodeId, value, volume);
        _reserveFund(orchId, value);
    }

    function settle(uint64 nodeId, uint64 orchId, uint96 value, uint96 fee) external onlySettling {
        if (uint256(fee) * BPS > uint256(value) * MAX_FEE_BPS) revert FeeTooLarge(value, fee);
        collaterals[nodeId].atRisk -= value;
        Fund memory account = orchestratorFunds[orchId];
        orchestratorFunds[orchId] = Fund({total: account.total - value, reserved: account.reserved - value});
        accrued[nodeId] += value - fee;
        fees += fee;
        emit BatchPaid(nodeId, orchId, value, fee);
    }

    function reject(uint64 nodeId, uint64 orchId, uint96 value) external onlySettling {
        collaterals[nodeId].atRisk -= value;
        orchestratorFunds[orchId].reserved -= value;
        emit BatchReleased(nodeId, orchId, value);
    }

    function proofs() external view returns (address) {
        return intake.proofs;
    }

    function member(uint64 id) external view returns (Member memory) {
        (Owner memory owner, Collateral memory collateral) = (owners[id], collaterals[id]);
        Standing memory standing = seats[id].standing;
        return Member({
            owner: owner.account,
            kind: standing.kind,
            activeFrom: owner.activeFrom,
            exitEpoch: standing.exitEpoch,
            stake: collateral.stake,
            atRisk: collateral.atRisk,
            capacityKbps: collateral.capacityKbps
        });
    }

    function signerAt(uint64 id, uint32 epoch) external view returns (address) {
        return seats[id].signerAt(epoch);
    }

    function funds(uint64 orchId) external view returns (Fund memory) {
        return orchestratorFunds[orchId];
    }

    function fundWithdrawal(uint64 orchId) external view returns (Withdrawal memory) {
        return fundWithdrawals[orchId];
    }

    function stoppedSeconds(uint256 since) external view returns (uint256) {
        return stopHistory.secondsUntil(block.timestamp) - stopHistory.secondsUntil(since);
    }

    function clock() public view returns (Clock memory) {
        return Clock({start: clockStart, slotSeconds: slotSeconds});
    }

    function currentEpoch() public view returns (uint32) {
        return clock().epochAt(block.timestamp);
    }

    function isActive(uint64 id, uint32 epoch) external view returns (bool) {
        (, address signer) = seats[id].workingSigner(epoch);
        return signer != address(0);
    }

    function _reserveCollateral(uint64 nodeId, uint96 value, uint64 volume) private {
        Collateral storage held = collaterals[nodeId];
        (uint96 stake, uint256 atRisk) = (held.stake, held.atRisk);
        // Nothing here is wider than 104 bits before it is compared.
        unchecked {
            uint256 allowedBits = held.capacityKbps * epochKilobits;
            if (uint256(volume) * 8 > allowedBits) revert OverCapacity(uint256(volume) * 8, allowedBits);
            uint256 required = STAKE_PER_VALUE * value + STAKE_FLOOR;
            if (stake < required) revert StakeTooSmall(nodeId, required, stake);
            atRisk += value;
        }
        uint256 allowed = stake / RISK_DIVISOR;
        if (atRisk > allowed) revert CollateralTooSmall(nodeId, atRisk, allowed);
        // Not above a quarter of a number of 96 bits.
        // forge-lint: disable-next-line(unsafe-typecast)
        held.atRisk = uint96(atRisk);
    }

    function _reserveFund(uint64 orchId, uint96 value) private {
        Fund storage account = orchestratorFunds[orchId];
        (uint96 total, uint96 reserved) = (account.total, account.reserved);
        // What is reserved is never above the total; both sides of the sum are checked against it.
        unchecked {
            uint96 free = total - reserved;
            if (value > free) revert FundTooSmall(orchId, value, free);
            account.reserved = reserved + value;
        }
    }

    /// @dev The key of a member of that kind in an epoch in which it works.
    function _workingSigner(uint64 id, Kind expected, uint32 epoch) private view returns (address signer) {
        Kind kind;
        (kind, signer) = seats[id].workingSigner(epoch);
        if (kind != expected) revert WrongKind(id, expected, kind);
        if (signer == address(0)) revert NotActive(id, epoch);
    }

    function _requireOrchestrator(uint64 id) private view {
        Kind kind = seats[id].standing.kind;
        if (kind != Kind.Orchestrator) revert WrongKind(id, Kind.Orchestrator, kind);
    }

    function _now() private view returns (uint40) {
        return block.timestamp.toUint40();
    }

    /// @dev Takes `amount` from the caller; an asset that keeps a fee would make the ledgers exceed the balance.
    function _pull(uint96 amount) private {
        uint256 before = asset.balanceOf(address(this));
        asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = asset.balanceOf(address(this)) - before;
        if (received != amount) revert FeeOnTransfer(amount, received);
    }
}
