// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @title An ERC-20 with permit, made once, with a fixed supply.
/// @notice ChroomCore accepts exactly one asset; it may be this token or another.
/// @dev An account that has received tokens once keeps its storage slot when it is emptied. To stake all that one has is
/// ordinary here, and to open the slot again would make the claim that follows 17 100 gas dearer (EIP-2929, EIP-3529); in
/// return, emptying an account refunds nothing. Everything else is as in OpenZeppelin's ERC20 and ERC20Permit, with their
/// events and errors; the tests compare the two step by step.
contract ChroomToken is IERC20Metadata, IERC20Permit, IERC20Errors, EIP712, Nonces {
    /// @notice Balances are kept in 255 bits.
    error SupplyTooLarge(uint256 supply, uint256 largest);

    /// @notice The permit was good until `deadline` (seconds of the chain's clock).
    error ERC2612ExpiredSignature(uint256 deadline);

    /// @notice The permit is signed by `signer`, and not by the `owner` that it names.
    error ERC2612InvalidSigner(address signer, address owner);

    bytes32 private constant PERMIT_TYPEHASH =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");

    /// @inheritdoc IERC20Metadata
    string public constant name = "Chroom";

    /// @inheritdoc IERC20Metadata
    string public constant symbol = "CHR";

    /// @inheritdoc IERC20Metadata
    uint8 public constant decimals = 18;

    /// @inheritdoc IERC20
    uint256 public immutable totalSupply;

    /// @inheritdoc IERC20
    mapping(address owner => mapping(address spender => uint256 value)) public allowance;

    /// @dev Twice the balance, plus one for an account that has received before.
    mapping(address account => uint256) private ledger;

    /// @param holder receives the whole supply
    /// @param supply in the smallest unit (18 decimals)
    constructor(address holder, uint256 supply) EIP712("Chroom", "1") {
        if (holder == address(0)) revert ERC20InvalidReceiver(address(0));
        if (supply > type(uint256).max >> 1) revert SupplyTooLarge(supply, type(uint256).max >> 1);
        totalSupply = supply;
        ledger[holder] = supply << 1 | 1;
        emit Transfer(address(0), holder, supply);
    }

    /// @inheritdoc IERC20
    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        spendAllowance(from, value);
        move(from, to, value);
        return true;
    }

    /// @inheritdoc IERC20
    function approve(address spender, uint256 value) external returns (bool) {
        setAllowance(msg.sender, spender, value);
        return true;
    }

    /// @inheritdoc IERC20Permit
    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
    {
        if (block.timestamp > deadline) revert ERC2612ExpiredSignature(deadline);
        bytes32 permitted = keccak256(abi.encode(PERMIT_TYPEHASH, owner, spender, value, _useNonce(owner), deadline));
        address signer = ECDSA.recover(_hashTypedDataV4(permitted), v, r, s);
        if (signer != owner) revert ERC2612InvalidSigner(signer, owner);
        setAllowance(owner, spender, value);
    }

    /// @inheritdoc IERC20
    function balanceOf(address account) external view returns (uint256) {
        return ledger[account] >> 1;
    }

    /// @inheritdoc IERC20Permit
    function nonces(address owner) public view override(IERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }

    /// @inheritdoc IERC20Permit
    // forge-lint: disable-next-line(mixed-case-function)
    function DOMAIN_SEPARATOR() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    function move(address from, address to, uint256 value) private {
        if (to == address(0)) revert ERC20InvalidReceiver(address(0));
        uint256 balance = ledger[from] >> 1;
        if (balance < value) revert ERC20InsufficientBalance(from, balance, value);
        unchecked {
            // No balance is larger than the supply, which is below 2**255.
            ledger[from] -= value << 1;
            ledger[to] = (ledger[to] + (value << 1)) | 1;
        }
        emit Transfer(from, to, value);
    }

    /// @dev The largest number is an allowance without end, and is not counted down.
    function spendAllowance(address from, uint256 value) private {
        uint256 allowed = allowance[from][msg.sender];
        if (allowed == type(uint256).max) return;
        if (allowed < value) revert ERC20InsufficientAllowance(msg.sender, allowed, value);
        if (from == address(0)) revert ERC20InvalidApprover(address(0));
        unchecked {
            allowance[from][msg.sender] = allowed - value;
        }
    }

    function setAllowance(address owner, address spender, uint256 value) private {
        if (owner == address(0)) revert ERC20InvalidApprover(address(0));
        if (spender == address(0)) revert ERC20InvalidSpender(address(0));
        allowance[owner][spender] = value;
        emit Approval(owner, spender, value);
    }
}
