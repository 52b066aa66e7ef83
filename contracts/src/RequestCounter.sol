// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

/// @title The number of requests and claims made so far
/// @notice Shares one storage word with the owner and the pause switch, which createRequest reads anyway.
abstract contract RequestCounter is Ownable, Pausable {
    /// @dev 2**56 transactions cannot be made; the increment is checked all the same. The width makes sure that no
    /// number equals the largest value of the 64 bits in which a request stores a claim id.
    uint56 private _nonce;

    /// @notice Number of the latest request or claim.
    /// @return The number; the next request or claim gets the one after it.
    function currentNonce() external view returns (uint96) {
        return _nonce;
    }

    function _nextNonce() internal returns (uint56) {
        return ++_nonce;
    }
}
