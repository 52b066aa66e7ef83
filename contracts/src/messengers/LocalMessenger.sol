// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {RestrictedCalls} from "../RestrictedCalls.sol";
import {IMessenger} from "./IMessenger.sol";

/// @title One end of a bridge between two local chains
/// @notice Outbound it stores what its allowed sender (`addCaller`) sends. Inbound it delivers what was stored at the
/// other end, each message once; receivers ask `callAllowed` for the sender at the other end. How a message proves to
/// have been sent there differs between the two ends. The relayer stands for a rollup's own bridge and is trusted.
abstract contract LocalMessenger is IMessenger, RestrictedCalls {
    using Address for address;

    /// @notice The only account that may tell what was sent at the other end.
    address public relayer;

    /// @notice Number of messages sent from this end; their nonces are 0 to `messageCount - 1`.
    uint256 public messageCount;

    /// @notice Hash of each message sent from this end, as `hashMessage` computes it.
    mapping(uint256 nonce => bytes32) public messageHashes;

    /// @notice Whether a message from the other end has been delivered.
    mapping(uint256 nonce => bool) public delivered;

    /// @dev Sender of the message that is being delivered, zero at all other times.
    address private transient _originalSender;

    /// @notice A message was sent to the other end.
    /// @param nonce Number of the message.
    /// @param sender Who sent it.
    /// @param target Contract to be called at the other end.
    /// @param message ABI-encoded call.
    event MessageSent(uint256 indexed nonce, address indexed sender, address indexed target, bytes message);

    /// @notice A message from the other end was delivered.
    /// @param nonce Number of the message at the other end.
    event MessageDelivered(uint256 indexed nonce);

    /// @notice The relayer was set.
    /// @param relayer The only account that may tell what was sent at the other end.
    event RelayerSet(address relayer);

    /// @notice Only the paired relayer may tell what was sent at the other end.
    /// @param account Who tried.
    error NotRelayer(address account);

    /// @notice The message has been delivered already.
    /// @param nonce Number of the message.
    error AlreadyDelivered(uint256 nonce);

    /// @notice A message needs a sender.
    error ZeroSender();

    /// @dev Lets through only the paired relayer.
    modifier onlyRelayer() {
        if (msg.sender != relayer) revert NotRelayer(msg.sender);
        _;
    }

    /// @notice Pairs the messenger with its relayer; the deployer becomes the owner.
    /// @param relayer_ The only account that may tell what was sent at the other end.
    constructor(address relayer_) Ownable(msg.sender) {
        _setRelayer(relayer_);
    }

    /// @notice Replaces the relayer.
    /// @param relayer_ The only account that may tell what was sent at the other end.
    function setRelayer(address relayer_) external onlyOwner {
        _setRelayer(relayer_);
    }

    /// @inheritdoc IMessenger
    function sendMessage(address target, bytes calldata message) external restricted(block.chainid) {
        uint256 nonce = messageCount++;
        messageHashes[nonce] = hashMessage(nonce, msg.sender, target, message);
        emit MessageSent(nonce, msg.sender, target, message);
    }

    /// @inheritdoc IMessenger
    function callAllowed(address caller, address courier) external view returns (bool) {
        return courier == address(this) && caller != address(0) && caller == _originalSender;
    }

    /// @notice Hash under which a message is stored at the end that sent it.
    /// @param nonce Number of the message.
    /// @param sender Who sent it.
    /// @param target Contract to be called at the other end.
    /// @param message ABI-encoded call.
    /// @return The hash.
    function hashMessage(uint256 nonce, address sender, address target, bytes calldata message)
        public
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(nonce, sender, target, message));
    }

    /// @dev Calls the target. When the call fails nothing is recorded: it can be tried again.
    function _deliver(uint256 nonce, address sender, address target, bytes calldata message) internal {
        if (sender == address(0)) revert ZeroSender();
        if (delivered[nonce]) revert AlreadyDelivered(nonce);
        delivered[nonce] = true;
        emit MessageDelivered(nonce);

        _originalSender = sender;
        target.functionCall(message);
        _originalSender = address(0);
    }

    function _setRelayer(address relayer_) private {
        relayer = relayer_;
        emit RelayerSet(relayer_);
    }
}
