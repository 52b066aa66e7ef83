// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title One end of a bridge between a rollup and its base chain
/// @notice Carries messages to the other end and tells receivers where a message came from.
interface IMessenger {
    /// @notice Sends `message` to `target` on the other chain.
    /// @param target Contract to be called on the other chain.
    /// @param message ABI-encoded call.
    function sendMessage(address target, bytes calldata message) external;

    /// @notice Tells whether a call that `courier` makes right now carries a message sent by `caller`.
    /// @param caller Contract on the other chain that must have sent the message.
    /// @param courier Address that makes the call on this chain.
    /// @return Whether the call may be trusted to come from `caller`.
    function callAllowed(address caller, address courier) external view returns (bool);
}
