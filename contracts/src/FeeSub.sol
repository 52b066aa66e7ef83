// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {RequestManager} from "./RequestManager.sol";

/// @title A sponsor of fees
/// @notice Makes requests for users and pays their fees from its own balance.
contract FeeSub is Ownable, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @notice Request manager the requests go to.
    RequestManager public immutable requestManager;

    /// @notice Smallest amount whose fees are paid, for each token; zero: none are.
    mapping(address token => uint256) public minimumAmounts;

    /// @notice Who made a request by way of this contract, until it is refunded.
    mapping(bytes32 requestId => address) public senders;

    /// @notice Fees of requests in that token are not paid.
    /// @param token The token.
    error TokenNotSubsidized(address token);

    /// @notice The amount is too small for its fees to be paid.
    /// @param amount The amount.
    /// @param minimumAmount The smallest amount.
    error AmountTooSmall(uint256 amount, uint256 minimumAmount);

    /// @notice The request was not made by way of this contract or is refunded already.
    /// @param requestId The request.
    error NothingToRefund(bytes32 requestId);

    /// @notice The deposit went to a liquidity provider.
    /// @param requestId The request.
    error DepositClaimed(bytes32 requestId);

    /// @notice Fixes the request manager; the deployer becomes the owner.
    /// @param requestManager_ Request manager the requests go to.
    constructor(RequestManager requestManager_) Ownable(msg.sender) {
        requestManager = requestManager_;
    }

    /// @notice Makes a request for the caller, who pays the amount but no fees.
    /// @param targetChainId Chain of the fill.
    /// @param sourceToken Token of the deposit.
    /// @param targetToken Token of the fill.
    /// @param targetAddress Recipient on the target chain.
    /// @param amount Amount to be filled.
    /// @param validityPeriod Seconds in which it should be filled.
    /// @return requestId Id of the request.
    function createRequest(
        uint256 targetChainId,
        address sourceToken,
        address targetToken,
        address targetAddress,
        uint256 amount,
        uint256 validityPeriod
    ) external nonReentrant returns (bytes32 requestId) {
        uint256 minimumAmount = minimumAmounts[sourceToken];
        if (minimumAmount == 0) revert TokenNotSubsidized(sourceToken);
        if (amount < minimumAmount) revert AmountTooSmall(amount, minimumAmount);

        IERC20(sourceToken).safeTransferFrom(msg.sender, address(this), amount);
        requestId = requestManager.createRequest(
            targetChainId, sourceToken, targetToken, targetAddress, amount, validityPeriod
        );
        senders[requestId] = msg.sender;
    }

    /// @notice Refunds the amount of an expired request to its sender, whoever triggered the expiry.
    /// @param requestId Id of the request.
    function withdrawExpiredRequest(bytes32 requestId) external nonReentrant {
        address sender = senders[requestId];
        if (sender == address(0)) revert NothingToRefund(requestId);
        delete senders[requestId];

        (, address token,, uint256 amount,,,,, uint96 withdrawClaimId,,) = requestManager.requests(requestId);
        if (withdrawClaimId == 0) {
            requestManager.withdrawExpiredRequest(requestId);
        } else {
            if (withdrawClaimId != requestManager.CLAIM_ID_WITHDRAWN_EXPIRED()) revert DepositClaimed(requestId);
        }
        IERC20(token).safeTransfer(sender, amount);
    }

    /// @notice Sets the smallest amount whose fees are paid, and with it the allowance of the request manager.
    /// @param token The token.
    /// @param amount The smallest amount; zero: pay no fees in that token.
    function setMinimumAmount(address token, uint256 amount) external onlyOwner {
        minimumAmounts[token] = amount;
        IERC20(token).forceApprove(address(requestManager), amount == 0 ? 0 : type(uint256).max);
    }

    /// @notice Whether the fees of a request would be paid.
    /// @param targetChainId Chain of the fill.
    /// @param token Token of the deposit.
    /// @param amount Amount to be filled.
    /// @return Whether they would.
    function tokenAmountCanBeSubsidized(uint256 targetChainId, address token, uint256 amount)
        external
        view
        returns (bool)
    {
        uint256 minimumAmount = minimumAmounts[token];
        if (minimumAmount == 0 || amount < minimumAmount) return false;
        return IERC20(token).balanceOf(address(this)) >= requestManager.totalFee(targetChainId, token, amount);
    }
}
