// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IChroomCore} from "./interfaces/IChroomCore.sol";
import {Clock} from "./types/Clock.sol";

/// @title See IChroomCore.
contract ChroomCore is IChroomCore {
    using SafeERC20 for IERC20;

    /// @dev A key and the first epoch in which it signs.
    struct SignerFrom {
        address signer;
        uint32 fromEpoch;
    }

    struct Withdrawal {
        uint96 amount;
        uint40 availableAt;
    }

    uint256 private constant STAKE_PER_VALUE = 20;
    uint256 private constant STAKE_FLOOR = 1e18;
    uint256 private constant RISK_DIVISOR = 4;

    IERC20 public immutable asset;
    address public immutable governor;
    uint40 public immutable unbonding;
    uint40 public immutable fundWithdrawalDelay;
    uint40 private immutable clockStart;
    uint32 private immutable slotSeconds;

    address public proofs;
    address private scheduledProofs;
    uint40 private scheduledProofsAt;
    uint64 public memberCount;
    uint96 public fees;
    mapping(uint64 id => Member) private members;
    mapping(uint64 id => SignerFrom[]) private signers;
    mapping(uint64 id => Fund) private orchestratorFunds;
    mapping(uint64 id => uint96) public accrued;
    mapping(uint64 id => uint40) private stakeWithdrawableAt;
    mapping(uint64 id => Withdrawal) private fundWithdrawals;

    /// @param windows submit + back-date + audit + challenge windows in seconds; unbonding is at least twice as long
    constructor(
        IERC20 asset_,
        address governor_,
        Clock memory clock_,
        uint40 unbonding_,
        uint40 fundWithdrawalDelay_,
        uint40 windows
    ) {
        if (address(asset_) == address(0) || governor_ == address(0)) revert ZeroAddress();
        if (unbonding_ < 2 * uint256(windows)) revert UnbondingTooShort(unbonding_, 2 * uint256(windows));
        asset = asset_;
        governor = governor_;
        unbonding = unbonding_;
        fundWithdrawalDelay = fundWithdrawalDelay_;
        clockStart = clock_.start;
        slotSeconds = clock_.slotSeconds;
    }

    modifier onlyOwner(uint64 id) {
        if (members[id].owner != msg.sender) revert NotOwner(id, msg.sender);
        _;
    }

    modifier onlyProofs() {
        if (msg.sender != proofs) revert NotProofs(msg.sender);
        _;
    }

    modifier onlyGovernor() {
        if (msg.sender != governor) revert NotGovernor(msg.sender);
        _;
    }

    /// @notice The first module is set at once; each later one takes at least the unbonding time, so that every member
    /// can leave before it.
    function setProofs(address next) external onlyGovernor {
        if (next == address(0)) revert ZeroAddress();
        if (proofs == address(0)) {
            proofs = next;
            emit ProofsChanged(next);
            return;
        }
        scheduledProofs = next;
        scheduledProofsAt = uint40(block.timestamp) + unbonding;
        emit ProofsScheduled(next, scheduledProofsAt);
    }

    function activateProofs() external {
        address next = scheduledProofs;
        if (next == address(0)) revert ZeroAddress();
        if (block.timestamp < scheduledProofsAt) revert TooEarly(block.timestamp, scheduledProofsAt);
        proofs = next;
        scheduledProofs = address(0);
        emit ProofsChanged(next);
    }

    function register(Kind kind, address signer, uint32 capacityKbps, uint96 stake, bytes32 endpointHash)
        external
        returns (uint64 id)
    {
        if (kind == Kind.None) revert WrongKind(0, Kind.Node, kind);
        if (signer == address(0)) revert ZeroAddress();
        id = ++memberCount;
        uint32 activeFrom = currentEpoch() + 1;
        members[id] = Member({
            owner: msg.sender,
            kind: kind,
            activeFrom: activeFrom,
            exitEpoch: 0,
            stake: stake,
            atRisk: 0,
            capacityKbps: kind == Kind.Node ? capacityKbps : 0
        });
        signers[id].push(SignerFrom({signer: signer, fromEpoch: activeFrom}));
        emit MemberRegistered(id, kind, msg.sender, signer, activeFrom, capacityKbps, endpointHash);
        if (stake > 0) {
            emit StakeAdded(id, stake, stake);
            _pull(stake);
        }
    }

    function addStake(uint64 id, uint96 amount) external {
        Member storage target = members[id];
        if (target.kind == Kind.None) revert WrongKind(id, Kind.Node, Kind.None);
        if (amount == 0) revert ZeroAmount();
        target.stake += amount;
        emit StakeAdded(id, amount, target.stake);
        _pull(amount);
    }

    function setSigner(uint64 id, address signer) external onlyOwner(id) {
        if (signer == address(0)) revert ZeroAddress();
        uint32 fromEpoch = currentEpoch() + 1;
        SignerFrom[] storage history = signers[id];
        SignerFrom storage last = history[history.length - 1];
        // At most one key an epoch: a second change before the first took effect replaces it.
        if (last.fromEpoch >= fromEpoch) last.signer = signer;
        else history.push(SignerFrom({signer: signer, fromEpoch: fromEpoch}));
        emit SignerChanged(id, signer, fromEpoch);
    }

    function setEndpoint(uint64 id, bytes32 endpointHash) external onlyOwner(id) {
        emit EndpointChanged(id, endpointHash);
    }

    function requestExit(uint64 id) external onlyOwner(id) {
        Member storage leaving = members[id];
        if (leaving.exitEpoch != 0) revert AlreadyExiting(id);
        leaving.exitEpoch = currentEpoch() + 1;
        stakeWithdrawableAt[id] = uint40(_clock().epochEnd(currentEpoch())) + unbonding;
        emit ExitRequested(id, leaving.exitEpoch, stakeWithdrawableAt[id]);
    }

    function cancelExit(uint64 id) external onlyOwner(id) {
        Member storage staying = members[id];
        if (staying.exitEpoch == 0) revert ExitNotRequested(id);
        // The epochs in between were not worked; it is active again from the next one on.
        if (currentEpoch() >= staying.exitEpoch) staying.activeFrom = currentEpoch() + 1;
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

    function fund(uint64 orchId, uint96 amount) external {
        _requireKind(orchId, Kind.Orchestrator);
        if (amount == 0) revert ZeroAmount();
        Fund storage account = orchestratorFunds[orchId];
        account.total += amount;
        emit Funded(orchId, msg.sender, amount, account.total);
        _pull(amount);
    }

    function requestFundWithdrawal(uint64 orchId, uint96 amount) external onlyOwner(orchId) {
        _requireKind(orchId, Kind.Orchestrator);
        if (amount == 0) revert ZeroAmount();
        uint40 availableAt = uint40(block.timestamp) + fundWithdrawalDelay;
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

    function openBatch(uint64 nodeId, uint64 orchId, uint32 epoch, uint96 value, uint64 volume) external onlyProofs {
        Member storage node = _activeMember(nodeId, Kind.Node, epoch);
        _activeMember(orchId, Kind.Orchestrator, epoch);
        uint256 allowedBits = uint256(node.capacityKbps) * 1000 * _clock().epochSeconds();
        if (uint256(volume) * 8 > allowedBits) revert OverCapacity(uint256(volume) * 8, allowedBits);
        (uint96 stake, uint256 atRisk) = (node.stake, uint256(node.atRisk) + value);
        uint256 required = STAKE_PER_VALUE * value + STAKE_FLOOR;
        if (stake < required) revert StakeTooSmall(nodeId, required, stake);
        if (atRisk > stake / RISK_DIVISOR) revert CollateralTooSmall(nodeId, atRisk, stake / RISK_DIVISOR);
        Fund storage account = orchestratorFunds[orchId];
        uint96 free = account.total - account.reserved;
        if (value > free) revert FundTooSmall(orchId, value, free);
        node.atRisk = uint96(atRisk);
        account.reserved += value;
        emit BatchOpened(nodeId, orchId, epoch, value);
    }

    function settle(uint64 nodeId, uint64 orchId, uint96 value, uint96 fee) external onlyProofs {
        members[nodeId].atRisk -= value;
        Fund storage account = orchestratorFunds[orchId];
        account.reserved -= value;
        account.total -= value;
        accrued[nodeId] += value - fee;
        fees += fee;
        emit BatchPaid(nodeId, orchId, value, fee);
    }

    function member(uint64 id) external view returns (Member memory) {
        return members[id];
    }

    function funds(uint64 orchId) external view returns (Fund memory) {
        return orchestratorFunds[orchId];
    }

    function signerAt(uint64 id, uint32 epoch) external view returns (address) {
        SignerFrom[] storage history = signers[id];
        uint256 high = history.length;
        if (high == 0) return address(0);
        SignerFrom memory last = history[high - 1];
        if (last.fromEpoch <= epoch) return last.signer;
        uint256 low = 0;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (history[middle].fromEpoch <= epoch) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? address(0) : history[low - 1].signer;
    }

    function currentEpoch() public view returns (uint32) {
        return _clock().epochAt(block.timestamp);
    }

    function isActive(uint64 id, uint32 epoch) public view returns (bool) {
        Member storage asked = members[id];
        return asked.kind != Kind.None && asked.activeFrom <= epoch
            && (asked.exitEpoch == 0 || epoch < asked.exitEpoch);
    }

    function clock() external view returns (Clock memory) {
        return _clock();
    }

    function _clock() private view returns (Clock memory) {
        return Clock({start: clockStart, slotSeconds: slotSeconds});
    }

    function _activeMember(uint64 id, Kind kind, uint32 epoch) private view returns (Member storage found) {
        found = members[id];
        if (found.kind != kind) revert WrongKind(id, kind, found.kind);
        if (!isActive(id, epoch)) revert NotActive(id, epoch);
    }

    function _requireKind(uint64 id, Kind kind) private view {
        if (members[id].kind != kind) revert WrongKind(id, kind, members[id].kind);
    }

    /// @dev Takes `amount` from the caller; an asset that keeps a fee would make the ledgers exceed the balance.
    function _pull(uint96 amount) private {
        uint256 before = asset.balanceOf(address(this));
        asset.safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = asset.balanceOf(address(this)) - before;
        if (received != amount) revert FeeOnTransfer(amount, received);
    }
}
