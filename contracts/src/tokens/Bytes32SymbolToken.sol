// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @title A token in the manner of the early ones, for local chains and tests
/// @notice `name()` and `symbol()` answer with 32 raw bytes where a string is expected.
contract Bytes32SymbolToken is ERC20 {
    /// @notice Makes a token without supply.
    /// @param symbol_ Symbol of the token, at most 32 bytes.
    constructor(string memory symbol_) ERC20(symbol_, symbol_) {}

    /// @notice Makes tokens from nothing.
    /// @param to Who gets them.
    /// @param amount How many base units.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    /// @inheritdoc ERC20
    function name() public view override returns (string memory) {
        return symbol();
    }

    /// @inheritdoc ERC20
    function symbol() public view override returns (string memory) {
        bytes32 raw = bytes32(bytes(super.symbol()));
        assembly ("memory-safe") {
            mstore(0, raw)
            return(0, 32)
        }
    }
}
