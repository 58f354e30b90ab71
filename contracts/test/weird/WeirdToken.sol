// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice An asset that behaves as real ones have: set what it should do wrong.
contract WeirdToken {
    enum Answer {
        True,
        False,
        Nothing
    }

    mapping(address => uint256) public balanceOf;
    uint256 public feeBps;
    Answer public answer;
    address private hooked;
    bytes private hook;
    bool public hookSucceeded;
    bytes public hookAnswer;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function setFeeBps(uint256 next) external {
        feeBps = next;
    }

    function setAnswer(Answer next) external {
        answer = next;
    }

    /// @dev During every transfer `target` is called with `data`, as tokens with hooks let receivers do.
    function setHook(address target, bytes calldata data) external {
        (hooked, hook) = (target, data);
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        if (answer != Answer.False) {
            balanceOf[from] -= amount;
            balanceOf[to] += amount - amount * feeBps / 10_000;
        }
        if (hooked != address(0)) {
            (address target, bytes memory data) = (hooked, hook);
            hooked = address(0);
            (hookSucceeded, hookAnswer) = target.call(data);
        }
        if (answer == Answer.Nothing) return;
        bool result = answer == Answer.True;
        assembly ("memory-safe") {
            // Returns one word, true or false: the interface above has no return value, so that nothing can be returned.
            mstore(0, result)
            return(0, 32)
        }
    }
}
