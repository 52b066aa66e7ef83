// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

/// @title What RequestManager says: its events and its reasons for refusal
/// @notice The events are part of the protocol. The errors are for logs: agents decide by state, not by reasons.
interface IRequestManagerEvents {
    /// @notice A request was made and its deposit taken.
    /// @param requestId Id of the request.
    /// @param targetChainId Chain of the fill.
    /// @param sourceTokenAddress Token of the deposit.
    /// @param targetTokenAddress Token of the fill.
    /// @param sourceAddress Who made the request.
    /// @param targetAddress Recipient on the target chain.
    /// @param amount Amount to be filled.
    /// @param nonce Number of the request.
    /// @param validUntil Time from which it need not be filled any more.
    /// @param lpFee Fee of the LP.
    /// @param protocolFee Fee of the protocol.
    event RequestCreated(
        bytes32 indexed requestId,
        uint256 targetChainId,
        address sourceTokenAddress,
        address targetTokenAddress,
        address indexed sourceAddress,
        address targetAddress,
        uint256 amount,
        uint96 nonce,
        uint32 validUntil,
        uint256 lpFee,
        uint256 protocolFee
    );

    /// @notice The deposit of a request left.
    /// @param requestId Id of the request.
    /// @param receiver Who got it: the sender or a claimer.
    event DepositWithdrawn(bytes32 requestId, address receiver);

    /// @notice A claim was made, or a bid placed on it.
    /// @param requestId Id of the request.
    /// @param claimId Id of the claim.
    /// @param claimer Who claims to have filled the request.
    /// @param claimerStake The claimer's stake.
    /// @param lastChallenger The latest challenger, zero when there is none.
    /// @param challengerStakeTotal Stakes of all challengers.
    /// @param termination Time of the end of the game.
    /// @param fillId The fill id that is claimed.
    event ClaimMade(
        bytes32 indexed requestId,
        uint96 claimId,
        address claimer,
        uint96 claimerStake,
        address lastChallenger,
        uint96 challengerStakeTotal,
        uint256 termination,
        bytes32 fillId
    );

    /// @notice Stakes of a claim were paid out.
    /// @param claimId Id of the claim.
    /// @param requestId Id of the request.
    /// @param stakeRecipient Who got them.
    event ClaimStakeWithdrawn(uint96 claimId, bytes32 indexed requestId, address stakeRecipient);

    /// @notice A fill was proven by way of L1.
    /// @param requestId Id of the request.
    /// @param filler Who filled it.
    /// @param fillId Id of the fill.
    event RequestResolved(bytes32 requestId, address filler, bytes32 fillId);

    /// @notice It was proven by way of L1 that a fill does not exist.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill that does not exist.
    event FillInvalidatedResolved(bytes32 requestId, bytes32 fillId);

    /// @notice The chain has no finality period, hence is no target chain.
    /// @param chainId The chain.
    error TargetChainNotSupported(uint256 chainId);

    /// @notice The validity period is out of bounds.
    /// @param validityPeriod The validity period.
    error InvalidValidityPeriod(uint256 validityPeriod);

    /// @notice The amount is above the token's transfer limit.
    /// @param amount The amount.
    /// @param transferLimit The limit.
    error TransferLimitExceeded(uint256 amount, uint256 transferLimit);

    /// @notice There is no such request.
    /// @param requestId The id.
    error UnknownRequest(bytes32 requestId);

    /// @notice There is no such claim.
    /// @param claimId The id.
    error UnknownClaim(uint96 claimId);

    /// @notice The deposit has left already.
    /// @param requestId The request.
    error DepositAlreadyWithdrawn(bytes32 requestId);

    /// @notice The request can still be filled.
    /// @param validUntil End of the request.
    error RequestNotExpired(uint256 validUntil);

    /// @notice The request has claims that are still undecided.
    /// @param activeClaims How many.
    error ActiveClaims(uint256 activeClaims);

    /// @notice The time for claims is over.
    /// @param claimableUntil When it ended.
    error ClaimTooLate(uint256 claimableUntil);

    /// @notice The value sent is not the claim stake.
    /// @param sent The value sent.
    /// @param required The claim stake.
    error WrongClaimStake(uint256 sent, uint256 required);

    /// @notice A claim needs a claimer.
    error ZeroClaimer();

    /// @notice A claim needs a fill id.
    error ZeroFillId();

    /// @notice The claim's period is over.
    /// @param termination When it ended.
    error ClaimTerminated(uint256 termination);

    /// @notice The claim's period is not over.
    /// @param termination When it ends.
    error ClaimNotTerminated(uint256 termination);

    /// @notice Stakes of the claim have been paid out.
    /// @param claimId The claim.
    error ClaimPaidOut(uint96 claimId);

    /// @notice L1 has resolved the request.
    /// @param requestId The request.
    error AlreadyResolved(bytes32 requestId);

    /// @notice L1 has invalidated the fill id.
    /// @param requestId The request.
    /// @param fillId The fill id.
    error AlreadyInvalidated(bytes32 requestId, bytes32 fillId);

    /// @notice It is the other side's turn to bid.
    /// @param bidder Who tried to bid.
    error NotYourTurn(address bidder);

    /// @notice The bid is too small.
    /// @param sent The value sent.
    /// @param required The least that is needed.
    error BidTooSmall(uint256 sent, uint256 required);

    /// @notice The participant has no stake in the claim.
    /// @param participant The participant.
    error NoStake(address participant);
}
