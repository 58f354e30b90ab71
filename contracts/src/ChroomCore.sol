// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IChroomCore} from "./interfaces/IChroomCore.sol";
import {Clock} from "./types/Clock.sol";
import {KeyHistory} from "./types/KeyHistory.sol";
import {BPS, MAX_FEE_BPS} from "./types/Standard.sol";

/// @title See IChroomCore.
contract ChroomCore is IChroomCore {
    using SafeERC20 for IERC20;
    using SafeCast for uint256;

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

    // One slot: every openBatch reads the three together.
    address public proofs;
    uint40 private stoppedFrom;
    uint40 private stoppedUntil;

    /// @dev The module before this one; it may still end what it has opened.
    address private retiredProofs;
    address private scheduledProofs;
    uint40 private scheduledProofsAt;
    address public guardian;
    uint64 public memberCount;
    uint96 public fees;
    mapping(uint64 id => Member) private members;
    mapping(uint64 id => KeyHistory) private keys;
    mapping(uint64 id => Fund) private orchestratorFunds;
    mapping(uint64 id => uint96) public accrued;
    mapping(uint64 id => uint40) public stakeWithdrawableAt;
    mapping(uint64 id => Withdrawal) private fundWithdrawals;

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
    }

    modifier onlyOwner(uint64 id) {
        if (members[id].owner != msg.sender) revert NotOwner(id, msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    /// @dev The module in force, or the one before it: what was opened can always be ended.
    modifier onlySettling() {
        if (msg.sender != proofs && msg.sender != retiredProofs) revert NotProofs(msg.sender);
        _;
    }

    modifier whileOpen() {
        if (block.timestamp < stoppedUntil) revert Stopped(stoppedUntil);
        _;
    }

    function setProofs(address next) external onlyGovernor {
        if (next == address(0)) revert ZeroAddress();
        if (proofs == address(0)) {
            proofs = next;
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
        retiredProofs = proofs;
        proofs = next;
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
        stoppedFrom = _now();
        stoppedUntil = _now() + STOP_SECONDS;
        emit IntakeStopped(stoppedUntil);
    }

    function resumeIntake() external onlyGovernor {
        if (block.timestamp >= stoppedUntil) revert NotStopped();
        stoppedUntil = _now();
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
        members[id] = Member({
            owner: msg.sender,
            kind: kind,
            activeFrom: activeFrom,
            exitEpoch: 0,
            stake: stake,
            atRisk: 0,
            capacityKbps: capacityKbps
        });
        keys[id].set(signer, activeFrom);
        emit MemberRegistered(id, kind, msg.sender, signer, activeFrom, capacityKbps, endpointHash);
        if (stake > 0) {
            emit StakeAdded(id, stake, stake);
            _pull(stake);
        }
    }

    function addStake(uint64 id, uint96 amount) external whileOpen {
        Member storage target = members[id];
        if (target.kind == Kind.None) revert NotAMember(id);
        if (amount == 0) revert ZeroAmount();
        target.stake += amount;
        emit StakeAdded(id, amount, target.stake);
        _pull(amount);
    }

    function setSigner(uint64 id, address signer) external onlyOwner(id) {
        if (signer == address(0)) revert ZeroAddress();
        uint32 fromEpoch = currentEpoch() + 1;
        keys[id].set(signer, fromEpoch);
        emit SignerChanged(id, signer, fromEpoch);
    }

    function setEndpoint(uint64 id, bytes32 endpointHash) external onlyOwner(id) {
        emit EndpointChanged(id, endpointHash);
    }

    function requestExit(uint64 id) external onlyOwner(id) {
        Member storage leaving = members[id];
        if (leaving.exitEpoch != 0) revert AlreadyExiting(id);
        uint32 epoch = currentEpoch();
        uint40 withdrawableAt = _clock().epochEnd(epoch).toUint40() + unbonding;
        leaving.exitEpoch = epoch + 1;
        stakeWithdrawableAt[id] = withdrawableAt;
        emit ExitRequested(id, epoch + 1, withdrawableAt);
    }

    function cancelExit(uint64 id) external onlyOwner(id) {
        Member storage staying = members[id];
        uint32 exitEpoch = staying.exitEpoch;
        if (exitEpoch == 0) revert ExitNotRequested(id);
        if (currentEpoch() >= exitEpoch) revert ExitBegun(id, exitEpoch);
        staying.exitEpoch = 0;
        delete stakeWithdrawableAt[id];
        emit ExitCancelled(id);
    }

    function withdrawStake(uint64 id, address to) external onlyOwner(id) {
        if (to == address(0)) revert ZeroAddress();
        Member storage leaving = members[id];
        if (leaving.exitEpoch == 0) revert ExitNotRequested(id);
        if (block.timestamp < stakeWithdrawableAt[id]) revert TooEarly(block.timestamp, stakeWithdrawableAt[id]);
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

    function openBatch(uint64 nodeId, uint64 orchId, uint32 epoch, uint96 value, uint64 volume) external whileOpen {
        if (msg.sender != proofs) revert NotProofs(msg.sender);
        Member storage node = _activeMember(nodeId, Kind.Node, epoch);
        _activeMember(orchId, Kind.Orchestrator, epoch);
        uint256 allowedBits = uint256(node.capacityKbps) * 1000 * _clock().epochSeconds();
        if (uint256(volume) * 8 > allowedBits) revert OverCapacity(uint256(volume) * 8, allowedBits);
        (uint96 stake, uint256 atRisk) = (node.stake, uint256(node.atRisk) + value);
        uint256 required = STAKE_PER_VALUE * value + STAKE_FLOOR;
        if (stake < required) revert StakeTooSmall(nodeId, required, stake);
        if (atRisk > stake / RISK_DIVISOR) revert CollateralTooSmall(nodeId, atRisk, stake / RISK_DIVISOR);
        Fund memory account = orchestratorFunds[orchId];
        uint96 free = account.total - account.reserved;
        if (value > free) revert FundTooSmall(orchId, value, free);
        node.atRisk = atRisk.toUint96();
        orchestratorFunds[orchId].reserved = account.reserved + value;
        emit BatchOpened(nodeId, orchId, epoch, value);
    }

    function settle(uint64 nodeId, uint64 orchId, uint96 value, uint96 fee) external onlySettling {
        if (uint256(fee) * BPS > uint256(value) * MAX_FEE_BPS) revert FeeTooLarge(value, fee);
        members[nodeId].atRisk -= value;
        Fund memory account = orchestratorFunds[orchId];
        orchestratorFunds[orchId] = Fund({total: account.total - value, reserved: account.reserved - value});
        accrued[nodeId] += value - fee;
        fees += fee;
        emit BatchPaid(nodeId, orchId, value, fee);
    }

    function reject(uint64 nodeId, uint64 orchId, uint96 value) external onlySettling {
        members[nodeId].atRisk -= value;
        orchestratorFunds[orchId].reserved -= value;
        emit BatchReleased(nodeId, orchId, value);
    }

    function member(uint64 id) external view returns (Member memory) {
        return members[id];
    }

    function signerAt(uint64 id, uint32 epoch) external view returns (address) {
        return keys[id].signerAt(epoch);
    }

    function funds(uint64 orchId) external view returns (Fund memory) {
        return orchestratorFunds[orchId];
    }

    function fundWithdrawal(uint64 orchId) external view returns (Withdrawal memory) {
        return fundWithdrawals[orchId];
    }

    function stoppage() external view returns (uint40 from, uint40 until) {
        return (stoppedFrom, stoppedUntil);
    }

    function clock() external view returns (Clock memory) {
        return _clock();
    }

    function currentEpoch() public view returns (uint32) {
        return _clock().epochAt(block.timestamp);
    }

    function isActive(uint64 id, uint32 epoch) external view returns (bool) {
        return _isActive(members[id], epoch);
    }

    function _activeMember(uint64 id, Kind kind, uint32 epoch) private view returns (Member storage found) {
        found = members[id];
        if (found.kind != kind) revert WrongKind(id, kind, found.kind);
        if (!_isActive(found, epoch)) revert NotActive(id, epoch);
    }

    function _isActive(Member storage asked, uint32 epoch) private view returns (bool) {
        uint32 exitEpoch = asked.exitEpoch;
        return asked.kind != Kind.None && asked.activeFrom <= epoch && (exitEpoch == 0 || epoch < exitEpoch);
    }

    function _requireOrchestrator(uint64 id) private view {
        Kind kind = members[id].kind;
        if (kind != Kind.Orchestrator) revert WrongKind(id, Kind.Orchestrator, kind);
    }

    function _clock() private view returns (Clock memory) {
        return Clock({start: clockStart, slotSeconds: slotSeconds});
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
