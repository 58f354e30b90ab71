// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AuditTargets} from "../src/proofs/AuditTargets.sol";
import {LeafCodec} from "../src/proofs/LeafCodec.sol";
import {BatchHeader} from "../src/proofs/SignedTypes.sol";
import {SumNode, SumTree} from "../src/proofs/SumTree.sol";
import {Standard} from "../src/types/Standard.sol";
import {Assertions} from "./setup/Assertions.sol";

/// @notice The golden vectors that all implementations share, read by Solidity.
contract VectorsTest is Assertions {
    using LeafCodec for LeafCodec.Leaf;

    string private json;
    bytes32 private domain;
    address private constant P256_VERIFY = address(0x100);

    function setUp() public {
        json = vm.readFile("../libs/protocol/vectors/proofs.json");
        domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Chroom"),
                keccak256("1"),
                number(".domain.chainId"),
                vm.parseJsonAddress(json, ".domain.proofs")
            )
        );
    }

    function test_quality() public view {
        uint256 read = 0;
        for (string memory path = item(".quality", 0); exists(path); path = item(".quality", ++read)) {
            uint256 expected = number(join(path, ".bps"));
            (uint256 good, uint256 max) = (number(join(path, ".good")), number(join(path, ".max")));
            assertEq(LeafCodec.qualityBps(number(join(path, ".measured")), good, max), expected, path);
        }
        assertEq(read, 16, "vectors read");
    }

    function test_leaves() public view {
        Standard memory standard = standardOfVectors();
        uint256 read = 0;
        for (string memory path = item(".leaves", 0); exists(path); path = item(".leaves", ++read)) {
            LeafCodec.Leaf memory leaf = this.unpack(vm.parseJsonBytes(json, join(path, ".packed")));
            assertEq(leaf.receipt.grant, word(join(path, ".grantHash")), "grant hash");
            assertEq(leaf.receipt.hashReceipt(), word(join(path, ".receiptHash")), "receipt hash");
            assertEq(digestOf(leaf.grant.hashGrant()), word(join(path, ".grantDigest")), "grant digest");
            assertEq(digestOf(leaf.receipt.hashReceipt()), word(join(path, ".receiptDigest")), "receipt digest");
            assertEq(leaf.hash(), word(join(path, ".leafHash")), "leaf hash");
            SumNode memory node = leaf.node(standard);
            assertEq(node.hash, word(join(path, ".node.hash")), "node hash");
            assertEq(node.value, number(join(path, ".node.value")), "node value");
            assertEq(node.volume, number(join(path, ".node.volume")), "node volume");
            assertEq(node.slots, number(join(path, ".node.slots")), "node slots");
            assertEq(LeafCodec.value(leaf.grant, leaf.receipt, standard), number(join(path, ".value")), "value");
            checkGrant(path, leaf);
            checkReceipt(path, leaf);
            checkSignatures(path, leaf);
        }
        assertEq(read, 5, "vectors read");
    }

    function test_caps() public view {
        Standard memory standard = standardOfVectors();
        uint256 read = 0;
        for (string memory path = item(".caps", 0); exists(path); path = item(".caps", ++read)) {
            LeafCodec.Leaf memory leaf = this.unpack(vm.parseJsonBytes(json, join(path, ".packed")));
            assertEq(LeafCodec.value(leaf.grant, leaf.receipt, standard), number(join(path, ".value")), "value");
            assertEq(LeafCodec.volume(leaf.receipt), number(join(path, ".volume")), "volume");
            bool expected = vm.parseJsonBool(json, join(path, ".isOverCap"));
            assertTrue(LeafCodec.isOverCap(leaf.grant, leaf.receipt, standard) == expected, path);
        }
        assertEq(read, 5, "vectors read");
    }

    function test_truncatedLeavesAreRefused(uint256 length) public {
        bytes memory packed = vm.parseJsonBytes(json, ".leaves[0].packed");
        length = bound(length, 0, packed.length - 1);
        assembly ("memory-safe") {
            // Shortens the array in place: its first word is its length.
            mstore(packed, length)
        }
        vm.expectRevert(abi.encodeWithSelector(LeafCodec.LeafLength.selector, 358, length));
        this.unpack(packed);
    }

    function test_trees() public view {
        uint256 read = 0;
        for (string memory path = item(".trees", 0); exists(path); path = item(".trees", ++read)) {
            uint256 leaves = 0;
            while (exists(item(join(path, ".leaves"), leaves))) leaves++;
            SumNode[] memory level = new SumNode[](leaves);
            for (uint256 i = 0; i < leaves; i++) level[i] = nodeAt(item(join(path, ".leaves"), i));
            assertEq(SumTree.depth(leaves), number(join(path, ".depth")), "depth");
            SumNode memory root = nodeAt(join(path, ".root"));
            assertNode(rootOf(level), root, "root of all leaves");
            assertNode(rootOf(padded(level)), root, "root of a full tree, missing leaves all zero");
            checkOpenings(path, root, level);
        }
        assertEq(read, 15, "vectors read");
    }

    function test_headers() public view {
        uint256 read = 0;
        address node = vm.parseJsonAddress(json, ".signers.node");
        address orchestrator = vm.parseJsonAddress(json, ".signers.orchestrator");
        for (string memory path = item(".headers", 0); exists(path); path = item(".headers", ++read)) {
            BatchHeader memory header = BatchHeader({
                nodeId: uint64(number(join(path, ".nodeId"))),
                orchId: uint64(number(join(path, ".orchId"))),
                epoch: uint32(number(join(path, ".epoch"))),
                leaves: uint32(number(join(path, ".leaves"))),
                value: uint96(number(join(path, ".value"))),
                volume: uint64(number(join(path, ".volume"))),
                slots: uint64(number(join(path, ".slots"))),
                root: word(join(path, ".root")),
                data: word(join(path, ".data"))
            });
            assertEq(header.batchKey(), word(join(path, ".key")), "key");
            assertEq(header.hashBatchHeader(), word(join(path, ".hash")), "hash");
            bytes32 digest = digestOf(header.hashBatchHeader());
            assertEq(digest, word(join(path, ".digest")), "digest");
            assertEq(recover(digest, vm.parseJsonBytes(json, join(path, ".nodeSignature"))), node, "node");
            assertEq(recover(digest, vm.parseJsonBytes(json, join(path, ".orchSignature"))), orchestrator, "orchestrator");
        }
        assertEq(read, 3, "vectors read");
    }

    function test_audits() public view {
        uint256 read = 0;
        for (string memory path = item(".audits", 0); exists(path); path = item(".audits", ++read)) {
            bytes32 seed = AuditTargets.seedOf(word(join(path, ".beacon")), word(join(path, ".key")));
            assertEq(seed, word(join(path, ".seed")), "seed");
            uint256 value = number(join(path, ".value"));
            for (uint256 i = 0; i < 8; i++) {
                uint256 target = AuditTargets.target(seed, i, value);
                assertEq(target, number(item(join(path, ".targets"), i)), "target");
                checkTarget(path, target, number(item(join(path, ".targetLeaves"), i)));
            }
            bool at1000 = vm.parseJsonBool(json, join(path, ".pickedAt.bps1000"));
            bool at9000 = vm.parseJsonBool(json, join(path, ".pickedAt.bps9000"));
            assertTrue(AuditTargets.isPicked(seed, 1000) == at1000, "picked at 10 %");
            assertTrue(AuditTargets.isPicked(seed, 9000) == at9000, "picked at 90 %");
        }
        assertEq(read, 3, "vectors read");
    }

    function unpack(bytes calldata packed) external pure returns (LeafCodec.Leaf memory) {
        return LeafCodec.unpack(packed);
    }

    function open(SumNode calldata leaf, uint256 index, bytes calldata siblings)
        external
        pure
        returns (SumNode memory, uint256)
    {
        return SumTree.open(leaf, index, siblings);
    }

    function checkGrant(string memory path, LeafCodec.Leaf memory leaf) private view {
        string memory grant = join(path, ".grant");
        assertEq(leaf.grant.sessionId, word(join(grant, ".sessionId")), "sessionId");
        assertEq(leaf.grant.nodeId, number(join(grant, ".nodeId")), "nodeId");
        assertEq(leaf.grant.orchId, number(join(grant, ".orchId")), "orchId");
        assertEq(leaf.grant.clientKey, word(join(grant, ".clientKey")), "clientKey");
        assertEq(leaf.grant.notBefore, number(join(grant, ".notBefore")), "notBefore");
        assertEq(leaf.grant.notAfter, number(join(grant, ".notAfter")), "notAfter");
        assertEq(leaf.grant.maxKbps, number(join(grant, ".maxKbps")), "maxKbps");
        assertEq(leaf.grant.pricePerGiB, number(join(grant, ".pricePerGiB")), "pricePerGiB");
        assertEq(leaf.grant.maxValue, number(join(grant, ".maxValue")), "maxValue");
    }

    function checkReceipt(string memory path, LeafCodec.Leaf memory leaf) private view {
        string memory receipt = join(path, ".receipt");
        assertEq(leaf.receipt.epoch, number(join(receipt, ".epoch")), "epoch");
        assertEq(leaf.receipt.seq, number(join(receipt, ".seq")), "seq");
        assertEq(leaf.receipt.activeSec, number(join(receipt, ".activeSec")), "activeSec");
        assertEq(leaf.receipt.slots, number(join(receipt, ".slots")), "slots");
        assertEq(leaf.receipt.rxBytes, number(join(receipt, ".rxBytes")), "rxBytes");
        assertEq(leaf.receipt.txBytes, number(join(receipt, ".txBytes")), "txBytes");
        assertEq(leaf.receipt.lossPpm, number(join(receipt, ".lossPpm")), "lossPpm");
        assertEq(leaf.receipt.jitterUs, number(join(receipt, ".jitterUs")), "jitterUs");
        assertEq(leaf.receipt.rttUs, number(join(receipt, ".rttUs")), "rttUs");
    }

    /// @dev Class 1 by the P-256 precompile over SHA-256 of the digest, as WebCrypto signs; class 2 by the orchestrator.
    function checkSignatures(string memory path, LeafCodec.Leaf memory leaf) private view {
        address orchestrator = vm.parseJsonAddress(json, ".signers.orchestrator");
        bytes memory grantSignature = abi.encodePacked(leaf.grantSignature);
        assertEq(keccak256(grantSignature), keccak256(vm.parseJsonBytes(json, join(path, ".grantSignature"))), "grantSig");
        assertEq(recover(word(join(path, ".grantDigest")), grantSignature), orchestrator, "grant's signer");
        bytes32 digest = word(join(path, ".receiptDigest"));
        if (leaf.clientPublicKey[0] == 0) {
            assertEq(leaf.grant.clientKey, bytes32(uint256(uint160(orchestrator))), "class 2");
            assertEq(recover(digest, abi.encodePacked(leaf.receiptSignature)), orchestrator, "receipt's signer");
            return;
        }
        assertEq(leaf.grant.clientKey, keccak256(abi.encodePacked(leaf.clientPublicKey)), "class 1");
        assertTrue(verifiesP256(sha256(abi.encode(digest)), leaf), "P-256 signature");
        assertTrue(!verifiesP256(sha256(abi.encode(~digest)), leaf), "of another message");
    }

    function verifiesP256(bytes32 message, LeafCodec.Leaf memory leaf) private view returns (bool) {
        (bool called, bytes memory answer) =
            P256_VERIFY.staticcall(abi.encodePacked(message, leaf.receiptSignature, leaf.clientPublicKey));
        return called && answer.length == 32 && abi.decode(answer, (uint256)) == 1;
    }

    function checkOpenings(string memory path, SumNode memory root, SumNode[] memory leaves) private view {
        uint256 opened = 0;
        for (string memory o = item(join(path, ".openings"), 0); exists(o); o = item(join(path, ".openings"), ++opened)) {
            uint256 index = number(join(o, ".index"));
            bytes memory siblings = "";
            for (uint256 i = 0; exists(item(join(o, ".siblings"), i)); i++) {
                SumNode memory sibling = nodeAt(item(join(o, ".siblings"), i));
                siblings = abi.encodePacked(
                    siblings, sibling.hash, uint96(sibling.value), uint64(sibling.volume), sibling.slots
                );
            }
            SumNode memory leaf = nodeAt(join(o, ".node"));
            assertNode(leaf, leaves[index], "opened leaf");
            (SumNode memory reached, uint256 left) = this.open(leaf, index, siblings);
            assertNode(reached, root, "root of an opening");
            assertEq(left, number(join(o, ".leftValue")), "left sum");
        }
        assertTrue(opened > 0, "openings read");
    }

    /// @dev The leaf's interval, from the sum of the values before it, holds the target.
    function checkTarget(string memory audit, uint256 target, uint256 index) private view {
        string memory leaves = join(item(".trees", number(join(audit, ".tree"))), ".leaves");
        uint256 left = 0;
        for (uint256 i = 0; i < index; i++) left += number(join(item(leaves, i), ".value"));
        assertTrue(left <= target, "the interval begins at or before the target");
        assertTrue(target < left + number(join(item(leaves, index), ".value")), "the interval ends behind the target");
    }

    /// @dev As many leaves as the depth has room for: parents of two missing leaves are computed, too.
    function padded(SumNode[] memory leaves) private pure returns (SumNode[] memory full) {
        full = new SumNode[](1 << SumTree.depth(leaves.length));
        for (uint256 i = 0; i < leaves.length; i++) full[i] = leaves[i];
    }

    function rootOf(SumNode[] memory level) private pure returns (SumNode memory) {
        while (level.length > 1) {
            SumNode[] memory above = new SumNode[]((level.length + 1) / 2);
            SumNode memory missing;
            for (uint256 i = 0; i < above.length; i++) {
                above[i] = SumTree.parent(level[2 * i], 2 * i + 1 < level.length ? level[2 * i + 1] : missing);
            }
            level = above;
        }
        return level[0];
    }

    function standardOfVectors() private view returns (Standard memory standard) {
        standard.minKbps = uint32(number(".standard.minKbps"));
        standard.lossGoodPpm = uint32(number(".standard.lossGoodPpm"));
        standard.lossMaxPpm = uint32(number(".standard.lossMaxPpm"));
        standard.jitterGoodUs = uint32(number(".standard.jitterGoodUs"));
        standard.jitterMaxUs = uint32(number(".standard.jitterMaxUs"));
    }

    function recover(bytes32 digest, bytes memory signature) private pure returns (address) {
        (bytes32 r, bytes32 vs) = abi.decode(signature, (bytes32, bytes32));
        return ecrecover(digest, uint8(uint256(vs) >> 255) + 27, r, vs & bytes32(type(uint256).max >> 1));
    }

    function digestOf(bytes32 structHash) private view returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function assertNode(SumNode memory actual, SumNode memory expected, string memory what) private pure {
        assertEq(actual.hash, expected.hash, what);
        assertEq(actual.value, expected.value, what);
        assertEq(actual.volume, expected.volume, what);
        assertEq(actual.slots, expected.slots, what);
    }

    function nodeAt(string memory path) private view returns (SumNode memory) {
        return SumNode({
            hash: word(join(path, ".hash")),
            value: number(join(path, ".value")),
            volume: number(join(path, ".volume")),
            slots: uint64(number(join(path, ".slots")))
        });
    }

    function item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }

    function join(string memory path, string memory field) private pure returns (string memory) {
        return string.concat(path, field);
    }

    function exists(string memory path) private view returns (bool) {
        return vm.keyExistsJson(json, path);
    }

    function number(string memory path) private view returns (uint256) {
        return vm.parseJsonUint(json, path);
    }

    function word(string memory path) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, path);
    }
}
