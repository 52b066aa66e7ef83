// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A standard token for local chains and tests
/// @notice Anyone may mint; name, symbol and decimals are free, hostile ones included.
contract MintableToken is ERC20 {
    uint8 private immutable _decimals;

    /// @notice Makes a token without supply.
    /// @param name_ Name of the token.
    /// @param symbol_ Symbol of the token.
    /// @param decimals_ Decimals of the token.
    constructor(string memory name_, string memory symbol_, uint8 decimals_) ERC20(name_, symbol_) {
        _decimals = decimals_;
    }

    /// @notice Makes tokens from nothing.
    /// @param to Who gets them.
    /// @param amount How many base units.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
