// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LocalMessenger} from "./LocalMessenger.sol";

/// @title L2 end of a local bridge
/// @notice Sends for the FillManager to the Resolver on L1; delivers to the RequestManager what the Resolver sent.
/// The way down is the bridge's own business, as on a real rollup: the relayer delivers without a proof.
contract LocalL2Messenger is LocalMessenger {
    /// @notice Pairs the messenger with its relayer; the deployer becomes the owner.
    /// @param relayer_ The only account that may deliver messages.
    constructor(address relayer_) LocalMessenger(relayer_) {}

    /// @notice Delivers a message from L1. When the call fails nothing is recorded: it can be tried again.
    /// @param nonce Number of the message at the other end.
    /// @param sender Who sent it there.
    /// @param target Contract to be called here.
    /// @param message ABI-encoded call.
    function deliverMessage(uint256 nonce, address sender, address target, bytes calldata message)
        external
        onlyRelayer
    {
        _deliver(nonce, sender, target, message);
    }
}
