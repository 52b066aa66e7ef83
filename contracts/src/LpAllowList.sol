// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @title List of the liquidity providers that may fill and claim
/// @notice Kept by the owner; shared by RequestManager and FillManager.
abstract contract LpAllowList is Ownable {
    /// @notice Whether an address may act as a liquidity provider.
    mapping(address lp => bool) public allowedLps;

    /// @notice A liquidity provider was added.
    /// @param lp The liquidity provider.
    event LpAdded(address lp);

    /// @notice A liquidity provider was removed.
    /// @param lp The liquidity provider.
    event LpRemoved(address lp);

    /// @notice The address is not an allowed liquidity provider.
    /// @param lp The address.
    error LpNotAllowed(address lp);

    /// @notice Adds a liquidity provider.
    /// @param lp The liquidity provider.
    function addAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = true;
        emit LpAdded(lp);
    }

    /// @notice Removes a liquidity provider; its fills and claims stay as they are.
    /// @param lp The liquidity provider.
    function removeAllowedLp(address lp) external onlyOwner {
        allowedLps[lp] = false;
        emit LpRemoved(lp);
    }

    function _requireAllowedLp(address lp) internal view {
        if (!allowedLps[lp]) revert LpNotAllowed(lp);
    }
}
