// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice A node of the Merkle-sum tree. Sums are computed in 256 bits; on the wire value has 12, volume and slots 8 bytes.
struct SumNode {
    bytes32 hash;
    uint256 value;
    uint256 volume;
    uint64 slots;
}

library SumTree {
    uint256 internal constant PACKED_NODE_BYTES = 60;

    error ProofLength(uint256 received);
    error SumTooWide(uint256 value, uint256 volume);

    /// @dev keccak256(0x01 | left | right), 121 bytes; a parent of two missing children is again the all-zero tuple.
    function parent(SumNode memory left, SumNode memory right) internal pure returns (SumNode memory) {
        if (_isEmpty(left) && _isEmpty(right)) return left;
        _checkWidth(left);
        _checkWidth(right);
        return SumNode({
            hash: keccak256(
                abi.encodePacked(
                    bytes1(0x01),
                    left.hash,
                    uint96(left.value),
                    uint64(left.volume),
                    left.slots,
                    right.hash,
                    uint96(right.value),
                    uint64(right.volume),
                    right.slots
                )
            ),
            value: left.value + right.value,
            volume: left.volume + right.volume,
            slots: left.slots | right.slots
        });
    }

    /// @param siblings 60 bytes each (hash | value12 | volume8 | slots8), leaf side first
    /// @return root where the leaf leads to
    /// @return leftValue sum of the values of all leaves before it
    function open(SumNode memory leaf, uint256 index, bytes calldata siblings)
        internal
        pure
        returns (SumNode memory root, uint256 leftValue)
    {
        if (siblings.length % PACKED_NODE_BYTES != 0) revert ProofLength(siblings.length);
        root = leaf;
        for (uint256 offset = 0; offset < siblings.length; offset += PACKED_NODE_BYTES) {
            SumNode memory sibling = SumNode({
                hash: bytes32(siblings[offset:offset + 32]),
                value: uint96(bytes12(siblings[offset + 32:offset + 44])),
                volume: uint64(bytes8(siblings[offset + 44:offset + 52])),
                slots: uint64(bytes8(siblings[offset + 52:offset + 60]))
            });
            if (index & 1 == 1) {
                leftValue += sibling.value;
                root = parent(sibling, root);
            } else {
                root = parent(root, sibling);
            }
            index >>= 1;
        }
    }

    /// @dev ceil(log2(leaves)).
    function depth(uint256 leaves) internal pure returns (uint256 levels) {
        while ((uint256(1) << levels) < leaves) levels++;
    }

    function _isEmpty(SumNode memory node) private pure returns (bool) {
        return node.hash == 0 && node.value == 0 && node.volume == 0 && node.slots == 0;
    }

    function _checkWidth(SumNode memory node) private pure {
        if (node.value > type(uint96).max || node.volume > type(uint64).max) revert SumTooWide(node.value, node.volume);
    }
}
