// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {RequestManager} from "./RequestManager.sol";
import {RestrictedCalls} from "./RestrictedCalls.sol";
import {IMessenger} from "./messengers/IMessenger.sol";

/// @title The L1 stage of a proof
/// @notice Takes proofs from the target chains' fill managers and forwards them to the source chains' request managers.
contract Resolver is RestrictedCalls {
    /// @dev Where proofs for one source chain go.
    struct SourceChainInfo {
        address requestManager;
        IMessenger messenger;
    }

    /// @notice For each source chain: its request manager and the messenger on L1 that reaches it.
    mapping(uint256 chainId => SourceChainInfo) public sourceChainInfos;

    /// @notice A proof was forwarded.
    /// @param sourceChainId Chain of the deposit.
    /// @param fillChainId Chain of the fill.
    /// @param requestId Id of the request.
    /// @param filler Who filled it; zero: the fill does not exist.
    /// @param fillId Id of the fill.
    event Resolution(uint256 sourceChainId, uint256 fillChainId, bytes32 requestId, address filler, bytes32 fillId);

    /// @notice No request manager or no messenger is known for the source chain.
    /// @param sourceChainId The chain.
    error SourceChainNotSupported(uint256 sourceChainId);

    /// @notice The deployer becomes the owner.
    constructor() Ownable(msg.sender) {}

    /// @notice Sets where proofs for a source chain go.
    /// @param chainId The source chain.
    /// @param requestManager Its request manager.
    /// @param messenger Messenger on L1 that reaches it.
    function addRequestManager(uint256 chainId, address requestManager, address messenger) external onlyOwner {
        sourceChainInfos[chainId] = SourceChainInfo(requestManager, IMessenger(messenger));
    }

    /// @notice Forwards a proof to the source chain.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @param fillChainId Chain of the fill.
    /// @param sourceChainId Chain of the deposit.
    /// @param filler Who filled the request; zero: the fill does not exist.
    function resolve(bytes32 requestId, bytes32 fillId, uint256 fillChainId, uint256 sourceChainId, address filler)
        external
        restricted(fillChainId)
    {
        SourceChainInfo memory info = sourceChainInfos[sourceChainId];
        if (info.requestManager == address(0) || address(info.messenger) == address(0)) {
            revert SourceChainNotSupported(sourceChainId);
        }
        emit Resolution(sourceChainId, fillChainId, requestId, filler, fillId);
        info.messenger.sendMessage(info.requestManager, _messageFor(requestId, fillId, filler));
    }

    function _messageFor(bytes32 requestId, bytes32 fillId, address filler) private view returns (bytes memory) {
        if (filler == address(0)) {
            return abi.encodeCall(RequestManager.invalidateFill, (requestId, fillId, block.chainid));
        }
        return abi.encodeCall(RequestManager.resolveRequest, (requestId, fillId, block.chainid, filler));
    }
}
