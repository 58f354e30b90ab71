// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice What an orchestrator allows one participant to consume on one node, and at what price.
struct Grant {
    bytes32 sessionId;
    uint64 nodeId;
    uint64 orchId;
    bytes32 clientKey;
    uint40 notBefore;
    uint40 notAfter;
    uint32 maxKbps;
    uint96 pricePerGiB;
    uint96 maxValue;
}

/// @notice What a witness says about one grant in one epoch.
struct Receipt {
    bytes32 grant;
    uint32 epoch;
    uint32 seq;
    uint32 activeSec;
    uint64 slots;
    uint64 rxBytes;
    uint64 txBytes;
    uint32 lossPpm;
    uint32 jitterUs;
    uint32 rttUs;
}

/// @notice What a node claims for one epoch towards one orchestrator.
struct BatchHeader {
    uint64 nodeId;
    uint64 orchId;
    uint32 epoch;
    uint32 leaves;
    uint96 value;
    uint64 volume;
    uint64 slots;
    bytes32 root;
    bytes32 data;
}

bytes32 constant GRANT_TYPEHASH = keccak256(
    "Grant(bytes32 sessionId,uint64 nodeId,uint64 orchId,bytes32 clientKey,uint40 notBefore,uint40 notAfter,uint32 maxKbps,uint96 pricePerGiB,uint96 maxValue)"
);
bytes32 constant RECEIPT_TYPEHASH = keccak256(
    "Receipt(bytes32 grant,uint32 epoch,uint32 seq,uint32 activeSec,uint64 slots,uint64 rxBytes,uint64 txBytes,uint32 lossPpm,uint32 jitterUs,uint32 rttUs)"
);
bytes32 constant BATCH_HEADER_TYPEHASH = keccak256(
    "BatchHeader(uint64 nodeId,uint64 orchId,uint32 epoch,uint32 leaves,uint96 value,uint64 volume,uint64 slots,bytes32 root,bytes32 data)"
);

using {hashGrant} for Grant global;
using {hashReceipt} for Receipt global;
using {hashBatchHeader, batchKey} for BatchHeader global;

function hashGrant(Grant memory grant) pure returns (bytes32) {
    return keccak256(abi.encode(GRANT_TYPEHASH, grant));
}

function hashReceipt(Receipt memory receipt) pure returns (bytes32) {
    return keccak256(abi.encode(RECEIPT_TYPEHASH, receipt));
}

/// @dev keccak256(abi.encode(BATCH_HEADER_TYPEHASH, header)). By hand, because the struct lies in memory as it is encoded,
/// word by word: 600 gas less for each batch that is submitted or settled.
function hashBatchHeader(BatchHeader memory header) pure returns (bytes32 result) {
    bytes32 typeHash = BATCH_HEADER_TYPEHASH;
    assembly ("memory-safe") {
        // Free memory is used as scratch space and not taken.
        let encoded := mload(0x40)
        mstore(encoded, typeHash)
        // Nine fields of 32 bytes.
        mcopy(add(encoded, 32), header, 288)
        result := keccak256(encoded, 320)
    }
}

function batchKey(BatchHeader memory header) pure returns (bytes32) {
    return keccak256(abi.encode(header.nodeId, header.orchId, header.epoch));
}
