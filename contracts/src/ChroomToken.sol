// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A plain ERC-20 with permit, made once, with a fixed supply.
/// @notice ChroomCore accepts exactly one asset; it may be this token or another.
contract ChroomToken is ERC20, ERC20Permit {
    /// @param holder receives the whole supply
    /// @param supply in the smallest unit (18 decimals)
    constructor(address holder, uint256 supply) ERC20("Chroom", "CHR") ERC20Permit("Chroom") {
        _mint(holder, supply);
    }
}
