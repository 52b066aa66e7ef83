// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LpAllowList} from "./LpAllowList.sol";
import {RequestIds} from "./RequestIds.sol";
import {Resolver} from "./Resolver.sol";
import {IMessenger} from "./messengers/IMessenger.sol";

/// @title The target side of a transfer: fills and the proofs of what was filled and what was not
/// @notice It cannot know whether a request exists: who fills one that does not, loses the money.
contract FillManager is LpAllowList {
    using SafeERC20 for IERC20;

    /// @notice Messenger that takes the proofs to L1.
    IMessenger public immutable messenger;

    /// @notice Resolver on L1 that gets the proofs.
    address public l1Resolver;

    /// @notice Fill id of each request, zero while it is not filled.
    mapping(bytes32 requestId => bytes32 fillId) public fills;

    /// @notice A request was filled.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @param sourceChainId Chain of the deposit.
    /// @param targetTokenAddress Token that was paid out.
    /// @param filler Who filled it.
    /// @param amount How much was paid out.
    event RequestFilled(
        bytes32 indexed requestId,
        bytes32 fillId,
        uint256 indexed sourceChainId,
        address indexed targetTokenAddress,
        address filler,
        uint256 amount
    );

    /// @notice A proof that a fill does not exist was sent.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill that does not exist.
    event FillInvalidated(bytes32 indexed requestId, bytes32 indexed fillId);

    /// @notice The resolver on L1 is not known yet.
    error ResolverNotSet();

    /// @notice The resolver on L1 is fixed already.
    error ResolverAlreadySet();

    /// @notice The resolver must not be the zero address.
    error ZeroResolver();

    /// @notice The request is filled already.
    /// @param requestId The request.
    error AlreadyFilled(bytes32 requestId);

    /// @notice The chain gives no hash for the previous block, so a fill could not be told from none.
    error NoFillId();

    /// @notice The fill exists.
    /// @param requestId The request.
    /// @param fillId The fill.
    error FillExists(bytes32 requestId, bytes32 fillId);

    /// @notice A fill with that id can still be made in this block.
    /// @param fillId The fill.
    error FillStillPossible(bytes32 fillId);

    /// @notice Fixes the messenger.
    /// @param messenger_ Messenger that takes the proofs to L1.
    constructor(IMessenger messenger_) Ownable(msg.sender) {
        messenger = messenger_;
    }

    /// @notice Fixes the resolver, once.
    /// @param l1Resolver_ Resolver on L1.
    function setResolver(address l1Resolver_) external onlyOwner {
        if (l1Resolver != address(0)) revert ResolverAlreadySet();
        if (l1Resolver_ == address(0)) revert ZeroResolver();
        l1Resolver = l1Resolver_;
    }

    /// @notice Fills a request from the caller's funds and sends the proof on its way.
    /// @param sourceChainId Chain of the deposit.
    /// @param targetToken Token to be paid out.
    /// @param targetReceiver Who gets it.
    /// @param amount How much.
    /// @param nonce Number of the request on the source chain.
    /// @return fillId Id of the fill.
    function fillRequest(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce
    ) external returns (bytes32 fillId) {
        _requireAllowedLp(msg.sender);
        bytes32 requestId = RequestIds.compute(sourceChainId, block.chainid, targetToken, targetReceiver, amount, nonce);
        if (fills[requestId] != bytes32(0)) revert AlreadyFilled(requestId);
        fillId = _currentFillId();
        if (fillId == bytes32(0)) revert NoFillId();

        fills[requestId] = fillId;
        emit RequestFilled(requestId, fillId, sourceChainId, targetToken, msg.sender, amount);
        _sendProof(requestId, fillId, sourceChainId, msg.sender);
        IERC20(targetToken).safeTransferFrom(msg.sender, targetReceiver, amount);
    }

    /// @notice Sends the proof that a fill does not exist; with that id it never will.
    /// @param sourceChainId Chain of the deposit.
    /// @param targetToken Token of the request.
    /// @param targetReceiver Recipient of the request.
    /// @param amount Amount of the request.
    /// @param nonce Number of the request on the source chain.
    /// @param fillId Id of the fill that does not exist.
    function invalidateFill(
        uint256 sourceChainId,
        address targetToken,
        address targetReceiver,
        uint256 amount,
        uint96 nonce,
        bytes32 fillId
    ) external {
        bytes32 requestId = RequestIds.compute(sourceChainId, block.chainid, targetToken, targetReceiver, amount, nonce);
        if (fills[requestId] == fillId) revert FillExists(requestId, fillId);
        if (fillId == _currentFillId()) revert FillStillPossible(fillId);

        emit FillInvalidated(requestId, fillId);
        _sendProof(requestId, fillId, sourceChainId, address(0));
    }

    function _sendProof(bytes32 requestId, bytes32 fillId, uint256 sourceChainId, address filler) private {
        address resolver = l1Resolver;
        if (resolver == address(0)) revert ResolverNotSet();
        messenger.sendMessage(
            resolver, abi.encodeCall(Resolver.resolve, (requestId, fillId, block.chainid, sourceChainId, filler))
        );
    }

    /// @dev The id of every fill in this block; unknown before the block, so nobody can claim with it in advance.
    function _currentFillId() private view returns (bytes32) {
        return blockhash(block.number - 1);
    }
}
