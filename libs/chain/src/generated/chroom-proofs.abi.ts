// Made from contracts/src/ChroomProofs.sol by tools/contracts/generate.mjs; never edited by hand.
export const chroomProofsAbi = [
  {
    "type": "constructor",
    "inputs": [
      {
        "name": "core_",
        "type": "address",
        "internalType": "contract IChroomCore"
      },
      {
        "name": "governor_",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "standardDelay_",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "first",
        "type": "tuple",
        "internalType": "struct Standard",
        "components": [
          {
            "name": "submitWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "backDatingBound",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "answerWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "challengeWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "feeBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeBurnBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeTreasuryBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeContributorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "subsidyCapBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "auditBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "samples",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minUptimeSlots",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minKbps",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossGoodPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossMaxPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterGoodUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterMaxUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "slashFinderBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "slashOrchestratorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "maxOpenRequests",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "requestBond",
            "type": "uint96",
            "internalType": "uint96"
          }
        ]
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "batch",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "tuple",
        "internalType": "struct IChroomProofs.Batch",
        "components": [
          {
            "name": "headerHash",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "submittedAt",
            "type": "uint40",
            "internalType": "uint40"
          },
          {
            "name": "version",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "state",
            "type": "uint8",
            "internalType": "enum IChroomProofs.State"
          },
          {
            "name": "solo",
            "type": "bool",
            "internalType": "bool"
          }
        ]
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "core",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "contract IChroomCore"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "domainSeparator",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "governor",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "address",
        "internalType": "address"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "releaseUnaudited",
    "inputs": [
      {
        "name": "header",
        "type": "tuple",
        "internalType": "struct BatchHeader",
        "components": [
          {
            "name": "nodeId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "orchId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "epoch",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "leaves",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "volume",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "slots",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "data",
            "type": "bytes32",
            "internalType": "bytes32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "scheduleStandard",
    "inputs": [
      {
        "name": "next",
        "type": "tuple",
        "internalType": "struct Standard",
        "components": [
          {
            "name": "submitWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "backDatingBound",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "answerWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "challengeWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "feeBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeBurnBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeTreasuryBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeContributorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "subsidyCapBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "auditBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "samples",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minUptimeSlots",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minKbps",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossGoodPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossMaxPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterGoodUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterMaxUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "slashFinderBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "slashOrchestratorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "maxOpenRequests",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "requestBond",
            "type": "uint96",
            "internalType": "uint96"
          }
        ]
      }
    ],
    "outputs": [
      {
        "name": "version",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "settle",
    "inputs": [
      {
        "name": "header",
        "type": "tuple",
        "internalType": "struct BatchHeader",
        "components": [
          {
            "name": "nodeId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "orchId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "epoch",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "leaves",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "volume",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "slots",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "data",
            "type": "bytes32",
            "internalType": "bytes32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "settleMany",
    "inputs": [
      {
        "name": "headers",
        "type": "tuple[]",
        "internalType": "struct BatchHeader[]",
        "components": [
          {
            "name": "nodeId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "orchId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "epoch",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "leaves",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "volume",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "slots",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "data",
            "type": "bytes32",
            "internalType": "bytes32"
          }
        ]
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "standard",
    "inputs": [
      {
        "name": "version",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "tuple",
        "internalType": "struct Standard",
        "components": [
          {
            "name": "submitWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "backDatingBound",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "answerWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "challengeWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "feeBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeBurnBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeTreasuryBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeContributorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "subsidyCapBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "auditBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "samples",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minUptimeSlots",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minKbps",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossGoodPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossMaxPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterGoodUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterMaxUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "slashFinderBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "slashOrchestratorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "maxOpenRequests",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "requestBond",
            "type": "uint96",
            "internalType": "uint96"
          }
        ]
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "standardDelay",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "standardFrom",
    "inputs": [
      {
        "name": "version",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "submit",
    "inputs": [
      {
        "name": "header",
        "type": "tuple",
        "internalType": "struct BatchHeader",
        "components": [
          {
            "name": "nodeId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "orchId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "epoch",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "leaves",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "volume",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "slots",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "data",
            "type": "bytes32",
            "internalType": "bytes32"
          }
        ]
      },
      {
        "name": "nodeSig",
        "type": "bytes",
        "internalType": "bytes"
      },
      {
        "name": "orchSig",
        "type": "bytes",
        "internalType": "bytes"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "submitMany",
    "inputs": [
      {
        "name": "headers",
        "type": "tuple[]",
        "internalType": "struct BatchHeader[]",
        "components": [
          {
            "name": "nodeId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "orchId",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "epoch",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "leaves",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "value",
            "type": "uint96",
            "internalType": "uint96"
          },
          {
            "name": "volume",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "slots",
            "type": "uint64",
            "internalType": "uint64"
          },
          {
            "name": "root",
            "type": "bytes32",
            "internalType": "bytes32"
          },
          {
            "name": "data",
            "type": "bytes32",
            "internalType": "bytes32"
          }
        ]
      },
      {
        "name": "nodeSigs",
        "type": "bytes[]",
        "internalType": "bytes[]"
      },
      {
        "name": "orchSigs",
        "type": "bytes[]",
        "internalType": "bytes[]"
      }
    ],
    "outputs": [],
    "stateMutability": "nonpayable"
  },
  {
    "type": "function",
    "name": "versionAt",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "function",
    "name": "versionCount",
    "inputs": [],
    "outputs": [
      {
        "name": "",
        "type": "uint32",
        "internalType": "uint32"
      }
    ],
    "stateMutability": "view"
  },
  {
    "type": "event",
    "name": "BatchRejected",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "value",
        "type": "uint96",
        "indexed": false,
        "internalType": "uint96"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "BatchSettled",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "indexed": true,
        "internalType": "bytes32"
      },
      {
        "name": "value",
        "type": "uint96",
        "indexed": false,
        "internalType": "uint96"
      },
      {
        "name": "fee",
        "type": "uint96",
        "indexed": false,
        "internalType": "uint96"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "BatchSubmitted",
    "inputs": [
      {
        "name": "nodeId",
        "type": "uint64",
        "indexed": true,
        "internalType": "uint64"
      },
      {
        "name": "orchId",
        "type": "uint64",
        "indexed": true,
        "internalType": "uint64"
      },
      {
        "name": "epoch",
        "type": "uint32",
        "indexed": false,
        "internalType": "uint32"
      },
      {
        "name": "leaves",
        "type": "uint32",
        "indexed": false,
        "internalType": "uint32"
      },
      {
        "name": "value",
        "type": "uint96",
        "indexed": false,
        "internalType": "uint96"
      },
      {
        "name": "volume",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      },
      {
        "name": "slots",
        "type": "uint64",
        "indexed": false,
        "internalType": "uint64"
      },
      {
        "name": "root",
        "type": "bytes32",
        "indexed": false,
        "internalType": "bytes32"
      },
      {
        "name": "data",
        "type": "bytes32",
        "indexed": false,
        "internalType": "bytes32"
      },
      {
        "name": "solo",
        "type": "bool",
        "indexed": false,
        "internalType": "bool"
      }
    ],
    "anonymous": false
  },
  {
    "type": "event",
    "name": "StandardScheduled",
    "inputs": [
      {
        "name": "version",
        "type": "uint32",
        "indexed": true,
        "internalType": "uint32"
      },
      {
        "name": "fromEpoch",
        "type": "uint32",
        "indexed": false,
        "internalType": "uint32"
      },
      {
        "name": "standard",
        "type": "tuple",
        "indexed": false,
        "internalType": "struct Standard",
        "components": [
          {
            "name": "submitWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "backDatingBound",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "answerWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "challengeWindow",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "feeBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeBurnBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeTreasuryBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "feeContributorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "subsidyCapBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "auditBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "samples",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minUptimeSlots",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "minKbps",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossGoodPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "lossMaxPpm",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterGoodUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "jitterMaxUs",
            "type": "uint32",
            "internalType": "uint32"
          },
          {
            "name": "slashFinderBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "slashOrchestratorBps",
            "type": "uint16",
            "internalType": "uint16"
          },
          {
            "name": "maxOpenRequests",
            "type": "uint8",
            "internalType": "uint8"
          },
          {
            "name": "requestBond",
            "type": "uint96",
            "internalType": "uint96"
          }
        ]
      }
    ],
    "anonymous": false
  },
  {
    "type": "error",
    "name": "AlreadySubmitted",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "ArrayLengths",
    "inputs": []
  },
  {
    "type": "error",
    "name": "AuditRequired",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "AuditStillPossible",
    "inputs": [
      {
        "name": "now_",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "endsAt",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "ChallengeWindowOpen",
    "inputs": [
      {
        "name": "now_",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "closesAt",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "EpochNotOver",
    "inputs": [
      {
        "name": "epoch",
        "type": "uint32",
        "internalType": "uint32"
      },
      {
        "name": "endsAt",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "HeaderMismatch",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "NoLeaves",
    "inputs": []
  },
  {
    "type": "error",
    "name": "NodeSignatureWrong",
    "inputs": [
      {
        "name": "expected",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "recovered",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotGovernor",
    "inputs": [
      {
        "name": "caller",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "NotSolo",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      }
    ]
  },
  {
    "type": "error",
    "name": "OrchestratorSignatureWrong",
    "inputs": [
      {
        "name": "expected",
        "type": "address",
        "internalType": "address"
      },
      {
        "name": "recovered",
        "type": "address",
        "internalType": "address"
      }
    ]
  },
  {
    "type": "error",
    "name": "SafeCastOverflowedUintDowncast",
    "inputs": [
      {
        "name": "bits",
        "type": "uint8",
        "internalType": "uint8"
      },
      {
        "name": "value",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "SignatureLength",
    "inputs": [
      {
        "name": "received",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "StandardOutOfBounds",
    "inputs": [
      {
        "name": "parameter",
        "type": "string",
        "internalType": "string"
      }
    ]
  },
  {
    "type": "error",
    "name": "SubmitWindowOver",
    "inputs": [
      {
        "name": "now_",
        "type": "uint256",
        "internalType": "uint256"
      },
      {
        "name": "closedAt",
        "type": "uint256",
        "internalType": "uint256"
      }
    ]
  },
  {
    "type": "error",
    "name": "UnknownVersion",
    "inputs": [
      {
        "name": "version",
        "type": "uint32",
        "internalType": "uint32"
      }
    ]
  },
  {
    "type": "error",
    "name": "WrongState",
    "inputs": [
      {
        "name": "key",
        "type": "bytes32",
        "internalType": "bytes32"
      },
      {
        "name": "actual",
        "type": "uint8",
        "internalType": "enum IChroomProofs.State"
      }
    ]
  },
  {
    "type": "error",
    "name": "ZeroGovernor",
    "inputs": []
  }
] as const;
