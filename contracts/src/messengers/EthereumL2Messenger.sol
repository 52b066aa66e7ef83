// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {Resolver} from "../Resolver.sol";
import {RestrictedCalls} from "../RestrictedCalls.sol";
import {IMessenger} from "./IMessenger.sol";

/// @title Messenger of the fill manager for a target chain that is Ethereum itself
/// @notice Stores the hash of each proof; anyone pays for relaying it to the resolver on the same chain.
contract EthereumL2Messenger is IMessenger, RestrictedCalls {
    using Address for address;

    /// @notice Stages of a message.
    enum MessageStatus {
        Unknown,
        Registered,
        Relayed
    }

    /// @notice Resolver that gets the proofs.
    address public immutable l1Resolver;

    /// @notice Stage of each message, by its hash.
    mapping(bytes32 messageHash => MessageStatus) public messageHashes;

    /// @notice The message was sent before.
    /// @param messageHash Hash of the message.
    error MessageAlreadySent(bytes32 messageHash);

    /// @notice The message was never sent or is relayed already.
    /// @param messageHash Hash of the message.
    error MessageNotRelayable(bytes32 messageHash);

    /// @notice Receivers on the same chain know their caller and need not ask.
    error SameChain();

    /// @notice Fixes the resolver.
    /// @param resolver Resolver that gets the proofs.
    constructor(address resolver) Ownable(msg.sender) {
        l1Resolver = resolver;
    }

    /// @notice Registers a proof for the resolver.
    /// @param message ABI-encoded call of the resolver.
    function sendMessage(address, bytes calldata message) external restricted(block.chainid) {
        bytes32 messageHash = keccak256(message);
        if (messageHashes[messageHash] != MessageStatus.Unknown) revert MessageAlreadySent(messageHash);
        messageHashes[messageHash] = MessageStatus.Registered;
    }

    /// @notice Relays a registered proof to the resolver.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @param sourceChainId Chain of the deposit.
    /// @param filler Who filled the request; zero: the fill does not exist.
    function relayMessage(bytes32 requestId, bytes32 fillId, uint256 sourceChainId, address filler) external {
        bytes memory message =
            abi.encodeCall(Resolver.resolve, (requestId, fillId, block.chainid, sourceChainId, filler));
        bytes32 messageHash = keccak256(message);
        if (messageHashes[messageHash] != MessageStatus.Registered) revert MessageNotRelayable(messageHash);
        messageHashes[messageHash] = MessageStatus.Relayed;
        l1Resolver.functionCall(message);
    }

    /// @inheritdoc IMessenger
    function callAllowed(address, address) external pure returns (bool) {
        revert SameChain();
    }
}
