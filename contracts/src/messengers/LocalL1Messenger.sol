// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LocalMessenger} from "./LocalMessenger.sol";

/// @title L1 end of a local bridge, one for each local L2
/// @notice Sends for the Resolver to an L2's RequestManager; delivers to the Resolver what that L2's FillManager sent.
contract LocalL1Messenger is LocalMessenger {
    /// @notice Pairs the messenger with its relayer; the deployer becomes the owner.
    /// @param relayer_ The only account that may deliver messages.
    constructor(address relayer_) LocalMessenger(relayer_) {}
}
