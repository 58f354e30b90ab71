// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChroomCore} from "../../src/ChroomCore.sol";
import {ChroomProofs} from "../../src/ChroomProofs.sol";
import {ChroomToken} from "../../src/ChroomToken.sol";
import {IChroomCore} from "../../src/interfaces/IChroomCore.sol";
import {IChroomProofs} from "../../src/interfaces/IChroomProofs.sol";
import {BatchHeader} from "../../src/proofs/SignedTypes.sol";
import {Assertions} from "../setup/Assertions.sol";

/// @notice Does what members do, in any order and with any amounts, and keeps its own books of it. Actions choose what can
/// succeed most of the time; what is refused is refused by the contract and changes no book.
contract NetworkHandler is Assertions {
    uint256 private constant KEYS = 3;
    address private constant GUARDIAN = address(0x6A);

    ChroomCore private immutable core;
    ChroomProofs private immutable proofs;
    ChroomToken private immutable token;
    address private immutable governor;

    uint64[] public nodes;
    uint64[] public orchestrators;
    BatchHeader[] private headers;
    mapping(bytes32 key => uint256) public timesPaid;
    /// @dev How a batch ended when it first did; none while it is open.
    mapping(bytes32 key => IChroomProofs.State) public ending;
    mapping(string action => uint256) public successes;
    uint256 public stakeDeposited;
    uint256 public stakeWithdrawn;
    uint256 public fundDeposited;
    uint256 public fundWithdrawn;
    uint256 public claimed;
    uint256 public paid;

    constructor(ChroomCore core_, ChroomProofs proofs_, ChroomToken token_, address governor_) {
        (core, proofs, token, governor) = (core_, proofs_, token_, governor_);
        token_.approve(address(core_), type(uint256).max);
    }

    /// @dev Called once, with the tokens in hand: members that the first actions can work with.
    function begin() external {
        if (nodes.length > 0) return;
        for (uint256 i = 0; i < 3; i++) {
            _register(true, 500e18);
            _register(false, 0);
            fund(i, 50e18);
        }
    }

    function register(bool node, uint96 stake) external {
        if (nodes.length + orchestrators.length > 10) return;
        _register(node, uint96(bound(stake, 0, 1000e18)));
    }

    function addStake(uint256 who, uint96 amount) external {
        amount = uint96(bound(amount, 1, 100e18));
        try core.addStake(nodes[who % nodes.length], amount) {
            stakeDeposited += amount;
            successes["addStake"]++;
        } catch {}
    }

    function fund(uint256 who, uint96 amount) public {
        amount = uint96(bound(amount, 1, 100e18));
        try core.fund(orchestrators[who % orchestrators.length], amount) {
            fundDeposited += amount;
            successes["fund"]++;
        } catch {}
    }

    function setSigner(uint256 who, uint8 key) external {
        core.setSigner(nodes[who % nodes.length], vm.addr(_keyOf(key)));
        successes["setSigner"]++;
    }

    function submit(uint256 node, uint256 orch, uint256 back, uint96 value, bool solo) external {
        uint32 now_ = core.currentEpoch();
        if (now_ < 2) return;
        BatchHeader memory header = BatchHeader({
            nodeId: 0,
            orchId: orchestrators[orch % orchestrators.length],
            epoch: uint32(now_ - bound(back, 1, now_ < 9 ? now_ - 1 : 9)),
            leaves: 1,
            value: uint96(bound(value, 0, 20e18)),
            volume: 1 << 20,
            slots: 1,
            root: bytes32(headers.length),
            data: ""
        });
        for (uint256 i = 0; i < nodes.length; i++) {
            header.nodeId = nodes[(node % nodes.length + i) % nodes.length];
            if (_submit(header, solo)) return;
        }
    }

    function settle(uint256 which) external {
        if (headers.length == 0) return;
        _settle(headers[which % headers.length]);
    }

    function settleAll() external {
        for (uint256 i = 0; i < headers.length; i++) _settle(headers[i]);
    }

    function release(uint256 which) external {
        if (headers.length == 0) return;
        for (uint256 i = 0; i < headers.length; i++) {
            BatchHeader memory header = headers[(which % headers.length + i) % headers.length];
            try proofs.releaseUnaudited(header) {
                _end(header.batchKey(), IChroomProofs.State.Rejected);
                successes["release"]++;
                return;
            } catch {}
        }
    }

    function claim(uint256 who) external {
        for (uint256 i = 0; i < nodes.length; i++) {
            try core.claim(nodes[(who % nodes.length + i) % nodes.length], address(0xC1)) returns (uint96 amount) {
                claimed += amount;
                successes["claim"]++;
                return;
            } catch {}
        }
    }

    function requestFundWithdrawal(uint256 who, uint96 amount) external {
        core.requestFundWithdrawal(orchestrators[who % orchestrators.length], uint96(bound(amount, 0, 200e18)));
        successes["requestFundWithdrawal"]++;
    }

    function withdrawFund(uint256 who) external {
        try core.withdrawFund(orchestrators[who % orchestrators.length], address(0xC2)) returns (uint96 amount) {
            fundWithdrawn += amount;
            successes["withdrawFund"]++;
        } catch {}
    }

    function requestExit(uint256 who) external {
        // The first node stays, so that there is always somebody to work.
        try core.requestExit(nodes[who % nodes.length == 0 ? nodes.length - 1 : who % nodes.length]) {
            successes["requestExit"]++;
        } catch {}
    }

    function cancelExit(uint256 who) external {
        for (uint256 i = 0; i < nodes.length; i++) {
            try core.cancelExit(nodes[(who % nodes.length + i) % nodes.length]) {
                successes["cancelExit"]++;
                return;
            } catch {}
        }
    }

    function withdrawStake(uint256 who) external {
        for (uint256 i = 0; i < nodes.length; i++) {
            uint64 id = nodes[(who % nodes.length + i) % nodes.length];
            uint96 stake = core.member(id).stake;
            try core.withdrawStake(id, address(0xC3)) {
                stakeWithdrawn += stake;
                successes["withdrawStake"]++;
                return;
            } catch {}
        }
    }

    /// @dev One stop in eight stays until it ends by itself or the next one is resumed: what is refused meanwhile is not done.
    function stopAndResume(uint256 choice) external {
        vm.prank(governor);
        core.setGuardian(GUARDIAN);
        vm.prank(GUARDIAN);
        core.stopIntake();
        successes["stopIntake"]++;
        if (choice % 8 == 5) return;
        vm.prank(governor);
        core.resumeIntake();
    }

    function pass(uint256 time) external {
        vm.warp(vm.getBlockTimestamp() + bound(time, 1 hours, 3 days));
    }

    function batchCount() external view returns (uint256) {
        return headers.length;
    }

    function headerAt(uint256 index) external view returns (BatchHeader memory) {
        return headers[index];
    }

    function nodeCount() external view returns (uint256) {
        return nodes.length;
    }

    function orchestratorCount() external view returns (uint256) {
        return orchestrators.length;
    }

    function _register(bool node, uint96 stake) private {
        IChroomCore.Kind kind = node ? IChroomCore.Kind.Node : IChroomCore.Kind.Orchestrator;
        try core.register(kind, vm.addr(_keyOf(0)), node ? 1_000_000 : 0, stake, "") returns (uint64 id) {
            (node ? nodes : orchestrators).push(id);
            stakeDeposited += stake;
            successes["register"]++;
        } catch {}
    }

    function _submit(BatchHeader memory header, bool solo) private returns (bool) {
        bytes memory nodeSig = _sign(header, header.nodeId);
        bytes memory orchSig = solo ? bytes("") : _sign(header, header.orchId);
        try proofs.submit(header, nodeSig, orchSig) {
            headers.push(header);
            successes[solo ? "submitSolo" : "submit"]++;
            return true;
        } catch {
            return false;
        }
    }

    function _settle(BatchHeader memory header) private {
        try proofs.settle(header) {
            timesPaid[header.batchKey()]++;
            _end(header.batchKey(), IChroomProofs.State.Settled);
            paid += header.value;
            successes["settle"]++;
        } catch {}
    }

    function _end(bytes32 key, IChroomProofs.State state) private {
        if (ending[key] == IChroomProofs.State.None) ending[key] = state;
    }

    function _sign(BatchHeader memory header, uint64 id) private view returns (bytes memory) {
        address signer = core.signerAt(id, header.epoch);
        uint256 key = _keyOf(0);
        for (uint256 i = 1; i < KEYS; i++) if (vm.addr(_keyOf(i)) == signer) key = _keyOf(i);
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", proofs.domainSeparator(), header.hashBatchHeader()));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    function _keyOf(uint256 index) private pure returns (uint256) {
        return 0x5EED + index % KEYS;
    }
}
