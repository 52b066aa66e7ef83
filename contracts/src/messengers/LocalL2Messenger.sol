// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LocalMessenger} from "./LocalMessenger.sol";

/// @title L2 end of a local bridge
/// @notice Sends for the FillManager to the Resolver on L1; delivers to the RequestManager what the Resolver sent.
contract LocalL2Messenger is LocalMessenger {
    /// @notice Pairs the messenger with its relayer; the deployer becomes the owner.
    /// @param relayer_ The only account that may deliver messages.
    constructor(address relayer_) LocalMessenger(relayer_) {}
}
