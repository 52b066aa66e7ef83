// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {RestrictedCalls} from "../RestrictedCalls.sol";
import {IMessenger} from "./IMessenger.sol";

/// @title Messenger of the resolver for a source chain that is Ethereum itself
/// @notice Both ends are on one chain: a message is a call, made at once.
contract EthereumL1Messenger is IMessenger, RestrictedCalls {
    using Address for address;

    /// @notice Receivers on the same chain know their caller and need not ask.
    error SameChain();

    /// @notice The deployer becomes the owner.
    constructor() Ownable(msg.sender) {}

    /// @inheritdoc IMessenger
    function sendMessage(address target, bytes calldata message) external restricted(block.chainid) {
        target.functionCall(message);
    }

    /// @inheritdoc IMessenger
    function callAllowed(address, address) external pure returns (bool) {
        revert SameChain();
    }
}
