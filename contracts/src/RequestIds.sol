// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title The identity of a request, the same on every chain
library RequestIds {
    /// @notice Computes the id of a request from what both chains know of it.
    /// @param sourceChainId Chain of the deposit.
    /// @param targetChainId Chain of the fill.
    /// @param targetToken Token to be paid out on the target chain.
    /// @param targetReceiver Recipient on the target chain.
    /// @param amount Amount in base units of the target token.
    /// @param nonce Number of the request on the source chain.
    /// @return The request id.
    function compute(
        uint256 sourceChainId,
        uint256 targetChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce
    ) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(sourceChainId, targetChainId, targetToken, targetReceiver, amount, nonce));
    }
}
