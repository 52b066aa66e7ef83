// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IMessenger} from "./messengers/IMessenger.sol";

/// @title Calls accepted only from the previous hop of the trust chain
/// @notice Knows, for each chain, the one contract that may call and the messenger that vouches for it.
abstract contract RestrictedCalls is Ownable {
    mapping(uint256 chainId => address[2]) private _callers;

    /// @notice The caller to be added is the zero address.
    error ZeroCaller();

    /// @notice The chain has its caller already.
    /// @param chainId Chain of the caller.
    error CallerAlreadySet(uint256 chainId);

    /// @notice No messenger vouches for calls from that chain.
    /// @param chainId Chain the call is said to come from.
    error MessengerNotSet(uint256 chainId);

    /// @notice The call does not come from the allowed caller.
    /// @param chainId Chain the call is said to come from.
    /// @param courier Who made the call on this chain.
    error CallerNotAllowed(uint256 chainId, address courier);

    /// @dev Lets through only the caller stored for `chainId`, itself or by way of its messenger.
    modifier restricted(uint256 chainId) {
        _checkCaller(chainId);
        _;
    }

    /// @notice Allows a contract on this chain to make restricted calls.
    /// @param caller The contract.
    function addCaller(address caller) external onlyOwner {
        _addCaller(block.chainid, caller, address(0));
    }

    /// @notice Allows a contract on another chain to make restricted calls by way of a messenger.
    /// @param chainId Chain of the contract.
    /// @param caller The contract.
    /// @param messenger Messenger on this chain that vouches for it.
    function addCaller(uint256 chainId, address caller, address messenger) external onlyOwner {
        _addCaller(chainId, caller, messenger);
    }

    /// @notice Who may call for a chain.
    /// @param chainId The chain.
    /// @param index 0: the caller; 1: its messenger, zero for a caller on this chain.
    /// @return The address.
    function callers(uint256 chainId, uint256 index) external view returns (address) {
        return _callers[chainId][index];
    }

    function _addCaller(uint256 chainId, address caller, address messenger) private {
        if (caller == address(0)) revert ZeroCaller();
        if (_callers[chainId][0] != address(0)) revert CallerAlreadySet(chainId);
        _callers[chainId] = [caller, messenger];
    }

    function _checkCaller(uint256 chainId) private view {
        address caller = _callers[chainId][0];
        if (chainId == block.chainid) {
            if (msg.sender != caller) revert CallerNotAllowed(chainId, msg.sender);
            return;
        }
        IMessenger messenger = IMessenger(_callers[chainId][1]);
        if (address(messenger) == address(0)) revert MessengerNotSet(chainId);
        if (!messenger.callAllowed(caller, msg.sender)) revert CallerNotAllowed(chainId, msg.sender);
    }
}
