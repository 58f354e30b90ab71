// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An owner that is a contract: it does what it is told, also from inside a token transfer.
contract MemberContract {
    function execute(address target, bytes calldata data) external returns (bytes memory) {
        (bool succeeded, bytes memory answer) = target.call(data);
        if (!succeeded) {
            assembly ("memory-safe") {
                // Passes the revert data on: its bytes begin behind the length word.
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer;
    }
}
