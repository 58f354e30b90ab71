// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Grant, Receipt} from "./SignedTypes.sol";
import {SumNode} from "./SumTree.sol";
import {Standard} from "../types/Standard.sol";

/// @notice One receipt with everything that proves it, as it lies in leaf files: 358 bytes, big-endian, in type order:
/// grant 118 | receipt body 48 | grantSig 64 | clientPub 64 | receiptSig 64.
library LeafCodec {
    uint256 internal constant PACKED_BYTES = 358;
    uint256 internal constant VOLUME_MAX = 1 << 63;
    uint256 private constant SIGNATURES_OFFSET = 166;

    error LeafLength(uint256 expected, uint256 received);

    struct Leaf {
        Grant grant;
        Receipt receipt;
        bytes32[2] grantSignature;
        bytes32[2] clientPublicKey;
        bytes32[2] receiptSignature;
    }

    function unpack(bytes calldata packed) internal pure returns (Leaf memory leaf) {
        if (packed.length != PACKED_BYTES) revert LeafLength(PACKED_BYTES, packed.length);
        leaf.grant = Grant({
            sessionId: bytes32(packed[0:32]),
            nodeId: uint64(bytes8(packed[32:40])),
            orchId: uint64(bytes8(packed[40:48])),
            clientKey: bytes32(packed[48:80]),
            notBefore: uint40(bytes5(packed[80:85])),
            notAfter: uint40(bytes5(packed[85:90])),
            maxKbps: uint32(bytes4(packed[90:94])),
            pricePerGiB: uint96(bytes12(packed[94:106])),
            maxValue: uint96(bytes12(packed[106:118]))
        });
        leaf.receipt = Receipt({
            grant: leaf.grant.hashGrant(),
            epoch: uint32(bytes4(packed[118:122])),
            seq: uint32(bytes4(packed[122:126])),
            activeSec: uint32(bytes4(packed[126:130])),
            slots: uint64(bytes8(packed[130:138])),
            rxBytes: uint64(bytes8(packed[138:146])),
            txBytes: uint64(bytes8(packed[146:154])),
            lossPpm: uint32(bytes4(packed[154:158])),
            jitterUs: uint32(bytes4(packed[158:162])),
            rttUs: uint32(bytes4(packed[162:166]))
        });
        leaf.grantSignature = _pair(packed, SIGNATURES_OFFSET);
        leaf.clientPublicKey = _pair(packed, SIGNATURES_OFFSET + 64);
        leaf.receiptSignature = _pair(packed, SIGNATURES_OFFSET + 128);
    }

    /// @dev keccak256(0x00 | receiptStructHash | grantSig | clientPub | receiptSig), 225 bytes.
    function hash(Leaf memory leaf) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                bytes1(0x00), leaf.receipt.hashReceipt(), leaf.grantSignature, leaf.clientPublicKey, leaf.receiptSignature
            )
        );
    }

    function node(Leaf memory leaf, Standard memory standard) internal pure returns (SumNode memory) {
        return SumNode({
            hash: hash(leaf),
            value: value(leaf.grant, leaf.receipt, standard),
            volume: volume(leaf.receipt),
            slots: leaf.receipt.slots
        });
    }

    function volume(Receipt memory receipt) internal pure returns (uint256) {
        return uint256(receipt.rxBytes) + receipt.txBytes;
    }

    /// @dev bytes * price * q(loss) * q(jitter) / (1e8 * 2^30), integer division in this order.
    function value(Grant memory grant, Receipt memory receipt, Standard memory standard)
        internal
        pure
        returns (uint256)
    {
        uint256 total = volume(receipt);
        if (receipt.activeSec == 0 || total * 8 < uint256(standard.minKbps) * 1000 * receipt.activeSec) return 0;
        uint256 loss = qualityBps(receipt.lossPpm, standard.lossGoodPpm, standard.lossMaxPpm);
        uint256 jitter = qualityBps(receipt.jitterUs, standard.jitterGoodUs, standard.jitterMaxUs);
        return total * grant.pricePerGiB * loss * jitter / (1e8 * 2 ** 30);
    }

    /// @dev OverCap: worth more than the grant allows, or more bytes than a leaf may count.
    function isOverCap(Grant memory grant, Receipt memory receipt, Standard memory standard)
        internal
        pure
        returns (bool)
    {
        return value(grant, receipt, standard) > grant.maxValue || volume(receipt) > VOLUME_MAX;
    }

    function qualityBps(uint256 measured, uint256 good, uint256 max) internal pure returns (uint256) {
        if (measured <= good) return 10_000;
        if (measured >= max) return 0;
        return 10_000 * (max - measured) / (max - good);
    }

    function _pair(bytes calldata packed, uint256 offset) private pure returns (bytes32[2] memory) {
        return [bytes32(packed[offset:offset + 32]), bytes32(packed[offset + 32:offset + 64])];
    }
}
