// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FeeSettings} from "./FeeSettings.sol";
import {IRequestManagerEvents} from "./IRequestManagerEvents.sol";
import {LpAllowList} from "./LpAllowList.sol";
import {RequestIds} from "./RequestIds.sol";
import {RestrictedCalls} from "./RestrictedCalls.sol";
import {Routes} from "./Routes.sol";

/// @title The source side of a transfer: requests, deposits, claims and the challenge game
/// @notice Users lock tokens here. Liquidity providers that filled a request on its target chain claim the deposit
/// with a stake, which a challenger can out-bid; a proof by way of L1 has the last word.
contract RequestManager is
    IRequestManagerEvents,
    FeeSettings,
    Routes,
    LpAllowList,
    RestrictedCalls,
    ReentrancyGuardTransient
{
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @dev The word of a request that a claim reads and writes.
    struct RequestProgress {
        uint32 validUntil;
        uint32 activeClaims;
        uint64 withdrawClaimId;
        uint128 amount;
    }

    /// @dev The other word: terms that never change and what L1 has said. Fees follow from the amount and their
    /// rates. `hasInvalidFill` saves most requests the look-up of invalidated fill ids.
    struct RequestTerms {
        address sender;
        uint32 routeId;
        uint24 lpFeePPM;
        uint24 protocolFeePPM;
        bool resolved;
        bool hasInvalidFill;
    }

    /// @dev Two words; a third when the LP gets the minimum fee; two more once L1 has resolved the request.
    struct Request {
        RequestProgress progress;
        RequestTerms terms;
        uint128 minLpFee;
        address filler;
        bytes32 fillId;
    }

    /// @dev A request while it is being made, in memory.
    struct NewRequest {
        uint256 targetChainId;
        address sourceToken;
        address targetToken;
        address targetAddress;
        uint256 amount;
        uint96 nonce;
        uint32 validUntil;
        uint256 lpFee;
        uint256 protocolFee;
    }

    /// @dev The word of a claim that changes.
    struct ClaimState {
        address claimer;
        uint64 termination;
        bool challenged;
        bool payoutStarted;
        bool paidOut;
    }

    /// @dev Three words; a fourth with the first challenge; a fifth with the first counter-challenge or the second
    /// challenger; a sixth while only some challengers have been paid. Implied: the claimer's first stake, which is
    /// the immutable, and the last challenger's stake, which is the total less what the earlier ones hold.
    struct Claim {
        ClaimState state;
        bytes32 requestId;
        bytes32 fillId;
        address lastChallenger;
        uint96 challengerStakeTotal;
        uint96 claimerStakeAdded;
        uint96 earlierStakeTotal;
        bool lastChallengerPaid;
        uint128 paidToChallengers;
    }

    /// @notice Shortest validity period of a request.
    uint256 public constant MIN_VALIDITY_PERIOD = 30 minutes;

    /// @notice Longest validity period of a request.
    uint256 public constant MAX_VALIDITY_PERIOD = 48 hours;

    /// @notice Stands for a claim in a request whose deposit went back to its sender.
    uint96 public constant CLAIM_ID_WITHDRAWN_EXPIRED = type(uint96).max;

    /// @dev CLAIM_ID_WITHDRAWN_EXPIRED as it is stored.
    uint64 private constant WITHDRAWN_EXPIRED = type(uint64).max;

    /// @dev Stands in the place of a rate when the LP gets the minimum fee; no rate is that large.
    uint24 private constant MIN_LP_FEE = type(uint24).max;

    /// @notice Stake of a claim, in wei.
    uint96 public immutable claimStake;

    /// @notice Seconds after the end of a request in which it can still be claimed.
    uint256 public immutable claimRequestExtension;

    /// @notice Seconds until an unchallenged claim can be withdrawn.
    uint256 public immutable claimPeriod;

    /// @notice Seconds that every bid leaves to the other side.
    uint256 public immutable challengePeriodExtension;

    mapping(bytes32 requestId => Request) private _requests;
    mapping(uint96 claimId => Claim) private _claims;

    /// @dev Stakes of all challengers but the last one of each claim.
    mapping(uint96 claimId => mapping(address challenger => uint96)) private _earlierStakes;

    mapping(bytes32 requestId => mapping(bytes32 fillId => bool)) private _invalidFills;

    /// @notice Fixes the terms of the challenge game.
    /// @param claimStake_ Stake of a claim, in wei.
    /// @param claimRequestExtension_ Seconds after the end of a request in which it can still be claimed.
    /// @param claimPeriod_ Seconds until an unchallenged claim can be withdrawn.
    /// @param challengePeriodExtension_ Seconds that every bid leaves to the other side.
    constructor(
        uint96 claimStake_,
        uint256 claimRequestExtension_,
        uint256 claimPeriod_,
        uint256 challengePeriodExtension_
    ) Ownable(msg.sender) {
        claimStake = claimStake_;
        claimRequestExtension = claimRequestExtension_;
        claimPeriod = claimPeriod_;
        challengePeriodExtension = challengePeriodExtension_;
    }

    /// @notice Stops new requests.
    function pause() external onlyOwner {
        _pause();
    }

    /// @notice Allows new requests again.
    function unpause() external onlyOwner {
        _unpause();
    }

    /// @notice Asks for a transfer and deposits its amount and fees.
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
    ) external nonReentrant whenNotPaused returns (bytes32 requestId) {
        if (validityPeriod < MIN_VALIDITY_PERIOD || validityPeriod > MAX_VALIDITY_PERIOD) {
            revert InvalidValidityPeriod(validityPeriod);
        }
        ChainSettings storage target = _chainSettings(targetChainId);
        if (target.finalityPeriod == 0) revert TargetChainNotSupported(targetChainId);
        TokenSettings storage token = _tokenSettings(sourceToken);
        if (amount > token.transferLimit) revert TransferLimitExceeded(amount, token.transferLimit);

        NewRequest memory created;
        created.targetChainId = targetChainId;
        created.sourceToken = sourceToken;
        created.targetToken = targetToken;
        created.targetAddress = targetAddress;
        created.amount = amount;
        created.validUntil = (block.timestamp + validityPeriod).toUint32();
        created.nonce = _nextNonce();
        requestId = RequestIds.compute(block.chainid, targetChainId, targetToken, targetAddress, amount, created.nonce);
        _storeRequest(requestId, created, _minLpFee(target, token.ethInToken));
        _emitRequestCreated(requestId, created);
        IERC20(sourceToken).safeTransferFrom(msg.sender, address(this), amount + created.lpFee + created.protocolFee);
    }

    /// @notice Returns the deposit of an expired request to its sender.
    /// @param requestId Id of the request.
    function withdrawExpiredRequest(bytes32 requestId) external nonReentrant {
        RequestProgress memory progress = _knownRequest(requestId);
        if (progress.withdrawClaimId != 0) revert DepositAlreadyWithdrawn(requestId);
        if (block.timestamp < progress.validUntil) revert RequestNotExpired(progress.validUntil);
        if (progress.activeClaims != 0) revert ActiveClaims(progress.activeClaims);

        Request storage request = _requests[requestId];
        request.progress.withdrawClaimId = WITHDRAWN_EXPIRED;
        RequestTerms memory terms = request.terms;
        emit DepositWithdrawn(requestId, terms.sender);
        (uint256 lpFee_, uint256 protocolFee_) = _feesOf(request, terms, progress.amount);
        IERC20(_route(terms.routeId).token).safeTransfer(terms.sender, progress.amount + lpFee_ + protocolFee_);
    }

    /// @notice Claims the deposit of a request that the caller has filled.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @return Id of the claim.
    function claimRequest(bytes32 requestId, bytes32 fillId) external payable returns (uint96) {
        return _claimRequest(msg.sender, requestId, fillId);
    }

    /// @notice Claims the deposit of a request on behalf of the LP that has filled it.
    /// @param claimer The LP.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @return Id of the claim.
    function claimRequest(address claimer, bytes32 requestId, bytes32 fillId) external payable returns (uint96) {
        return _claimRequest(claimer, requestId, fillId);
    }

    /// @notice Bids against the side of a claim that is ahead.
    /// @param claimId Id of the claim.
    function challengeClaim(uint96 claimId) external payable {
        Claim storage claim = _claims[claimId];
        ClaimState memory state = _knownClaim(claimId);
        bytes32 requestId = claim.requestId;
        _requireOpenGame(claimId, claim, state, requestId);

        (uint256 claimerStake, uint256 challengerStakeTotal) = _stakes(claim, state);
        uint256 extension = challengePeriodExtension;
        if (claimerStake > challengerStakeTotal) {
            if (msg.sender == state.claimer) revert NotYourTurn(msg.sender);
            _requireBid(claimerStake - challengerStakeTotal + 1);
            if (challengerStakeTotal == 0) {
                extension += _chainSettings(_route(_requests[requestId].terms.routeId).targetChainId).finalityPeriod;
            }
            _addChallenge(claimId, challengerStakeTotal);
        } else {
            if (msg.sender != state.claimer) revert NotYourTurn(msg.sender);
            _requireBid(challengerStakeTotal - claimerStake + claimStake);
            claim.claimerStakeAdded = (claimerStake + msg.value).toUint96() - claimStake;
        }
        claim.state.challenged = true;
        claim.state.termination = Math.max(state.termination, block.timestamp + extension).toUint64();
        _emitClaimMade(claimId);
    }

    /// @notice Pays out what the caller has coming from a claim.
    /// @param claimId Id of the claim.
    /// @return Who got the stake.
    function withdraw(uint96 claimId) external nonReentrant returns (address) {
        return _withdraw(msg.sender, claimId);
    }

    /// @notice Pays out what a participant has coming from a claim.
    /// @param participant The participant; matters only among challengers.
    /// @param claimId Id of the claim.
    /// @return Who got the stake.
    function withdraw(address participant, uint96 claimId) external nonReentrant returns (address) {
        return _withdraw(participant, claimId);
    }

    /// @notice Takes the proof of a fill from L1.
    /// @param requestId Id of the request, known here or not.
    /// @param fillId Id of the fill.
    /// @param resolutionChainId L1's chain id.
    /// @param filler Who filled the request.
    function resolveRequest(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId, address filler)
        external
        restricted(resolutionChainId)
    {
        Request storage request = _requests[requestId];
        request.filler = filler;
        request.fillId = fillId;
        request.terms.resolved = filler != address(0);
        _invalidFills[requestId][fillId] = false;
        emit RequestResolved(requestId, filler, fillId);
    }

    /// @notice Takes the proof from L1 that a fill does not exist.
    /// @param requestId Id of the request, known here or not.
    /// @param fillId Id of the fill.
    /// @param resolutionChainId L1's chain id.
    function invalidateFill(bytes32 requestId, bytes32 fillId, uint256 resolutionChainId)
        external
        restricted(resolutionChainId)
    {
        RequestTerms storage terms = _requests[requestId].terms;
        if (terms.resolved) revert AlreadyResolved(requestId);
        if (_invalidFills[requestId][fillId]) revert AlreadyInvalidated(requestId, fillId);
        terms.hasInvalidFill = true;
        _invalidFills[requestId][fillId] = true;
        emit FillInvalidatedResolved(requestId, fillId);
    }

    /// @notice Whether the deposit of a request has left.
    /// @param requestId Id of the request.
    /// @return Whether it has.
    function isWithdrawn(bytes32 requestId) external view returns (bool) {
        return _knownRequest(requestId).withdrawClaimId != 0;
    }

    /// @notice Whether L1 has proven that a fill does not exist.
    /// @param requestId Id of the request.
    /// @param fillId Id of the fill.
    /// @return Whether it has.
    function isInvalidFill(bytes32 requestId, bytes32 fillId) external view returns (bool) {
        return _invalidFills[requestId][fillId];
    }

    /// @notice Everything about a request.
    /// @param requestId Id of the request.
    /// @return sender Who made the request.
    /// @return sourceTokenAddress Token of the deposit.
    /// @return targetChainId Chain of the fill.
    /// @return amount Amount to be filled.
    /// @return validUntil Time from which it need not be filled any more.
    /// @return lpFee Fee of the LP.
    /// @return protocolFee Fee of the protocol.
    /// @return activeClaims Number of claims from which nothing has been paid out.
    /// @return withdrawClaimId Claim that took the deposit, zero while it is there.
    /// @return filler Who filled it, as proven by way of L1.
    /// @return fillId Id of the fill, as proven by way of L1.
    function requests(bytes32 requestId)
        external
        view
        returns (
            address sender,
            address sourceTokenAddress,
            uint256 targetChainId,
            uint256 amount,
            uint32 validUntil,
            uint256 lpFee,
            uint256 protocolFee,
            uint32 activeClaims,
            uint96 withdrawClaimId,
            address filler,
            bytes32 fillId
        )
    {
        Request storage request = _requests[requestId];
        RequestTerms memory terms = request.terms;
        RequestProgress memory progress = request.progress;
        Route storage route = _route(terms.routeId);
        sender = terms.sender;
        sourceTokenAddress = route.token;
        targetChainId = route.targetChainId;
        amount = progress.amount;
        validUntil = progress.validUntil;
        (lpFee, protocolFee) = _feesOf(request, terms, amount);
        activeClaims = progress.activeClaims;
        withdrawClaimId =
            progress.withdrawClaimId == WITHDRAWN_EXPIRED ? CLAIM_ID_WITHDRAWN_EXPIRED : progress.withdrawClaimId;
        filler = request.filler;
        fillId = request.fillId;
    }

    /// @notice Everything about a claim.
    /// @param claimId Id of the claim.
    /// @return requestId Id of the request.
    /// @return claimer Who claims to have filled the request.
    /// @return claimerStake The claimer's stake, paid out or not.
    /// @return lastChallenger The latest challenger, zero when there is none.
    /// @return challengerStakeTotal Stakes of all challengers, paid out or not.
    /// @return withdrawnAmount How much has been paid out.
    /// @return termination Time of the end of the game.
    /// @return fillId The fill id that is claimed.
    function claims(uint96 claimId)
        external
        view
        returns (
            bytes32 requestId,
            address claimer,
            uint96 claimerStake,
            address lastChallenger,
            uint96 challengerStakeTotal,
            uint256 withdrawnAmount,
            uint256 termination,
            bytes32 fillId
        )
    {
        Claim storage claim = _claims[claimId];
        ClaimState memory state = claim.state;
        requestId = claim.requestId;
        claimer = state.claimer;
        claimerStake = claimer == address(0) ? 0 : claimStake + claim.claimerStakeAdded;
        lastChallenger = claim.lastChallenger;
        challengerStakeTotal = claim.challengerStakeTotal;
        withdrawnAmount = state.paidOut ? uint256(claimerStake) + challengerStakeTotal : claim.paidToChallengers;
        termination = state.termination;
        fillId = claim.fillId;
    }

    /// @dev Resolution and invalidation may be ahead of the request: they are left as they are.
    function _storeRequest(bytes32 requestId, NewRequest memory created, uint256 minimum) private {
        Request storage request = _requests[requestId];
        uint256 amount = created.amount;
        uint256 lpRate = lpFeePPM;
        uint256 protocolRate = protocolFeePPM;
        created.lpFee = _share(amount, lpRate);
        created.protocolFee = _share(amount, protocolRate);
        if (created.lpFee < minimum) {
            created.lpFee = minimum;
            lpRate = MIN_LP_FEE;
            request.minLpFee = minimum.toUint128();
        }
        // The casts lose nothing: rates are below a million, the amount is within the transfer limit.
        request.terms = RequestTerms(
            msg.sender,
            _routeId(created.targetChainId, created.sourceToken),
            uint24(lpRate),
            uint24(protocolRate),
            request.terms.resolved,
            request.terms.hasInvalidFill
        );
        request.progress = RequestProgress(created.validUntil, 0, 0, uint128(amount));
    }

    function _emitRequestCreated(bytes32 requestId, NewRequest memory created) private {
        emit RequestCreated(
            requestId,
            created.targetChainId,
            created.sourceToken,
            created.targetToken,
            msg.sender,
            created.targetAddress,
            created.amount,
            created.nonce,
            created.validUntil,
            created.lpFee,
            created.protocolFee
        );
    }

    function _claimRequest(address claimer, bytes32 requestId, bytes32 fillId) private returns (uint96 claimId) {
        RequestProgress memory progress = _knownRequest(requestId);
        uint256 claimableUntil = progress.validUntil + claimRequestExtension;
        if (block.timestamp >= claimableUntil) revert ClaimTooLate(claimableUntil);
        if (progress.withdrawClaimId != 0) revert DepositAlreadyWithdrawn(requestId);
        if (msg.value != claimStake) revert WrongClaimStake(msg.value, claimStake);
        if (claimer == address(0)) revert ZeroClaimer();
        if (fillId == bytes32(0)) revert ZeroFillId();
        _requireAllowedLp(claimer);

        _requests[requestId].progress.activeClaims = progress.activeClaims + 1;
        claimId = _nextNonce();
        uint64 termination = (block.timestamp + claimPeriod).toUint64();
        Claim storage claim = _claims[claimId];
        claim.state.claimer = claimer;
        claim.state.termination = termination;
        claim.requestId = requestId;
        claim.fillId = fillId;
        emit ClaimMade(requestId, claimId, claimer, claimStake, address(0), 0, termination, fillId);
    }

    /// @dev A new last challenger pushes the one before among the earlier ones.
    function _addChallenge(uint96 claimId, uint256 challengerStakeTotal) private {
        Claim storage claim = _claims[claimId];
        address previous = claim.lastChallenger;
        if (challengerStakeTotal != 0 && previous != msg.sender) {
            mapping(address => uint96) storage earlierStakes = _earlierStakes[claimId];
            // Differences of stakes that are parts of the total: they fit.
            earlierStakes[previous] = uint96(challengerStakeTotal - claim.earlierStakeTotal);
            claim.earlierStakeTotal = uint96(challengerStakeTotal - earlierStakes[msg.sender]);
            earlierStakes[msg.sender] = 0;
        }
        claim.lastChallenger = msg.sender;
        claim.challengerStakeTotal = (challengerStakeTotal + msg.value).toUint96();
    }

    /// @dev All state is written before anything is sent.
    function _withdraw(address participant, uint96 claimId) private returns (address recipient) {
        Claim storage claim = _claims[claimId];
        ClaimState memory state = _knownClaim(claimId);
        if (state.paidOut) revert ClaimPaidOut(claimId);
        bytes32 requestId = claim.requestId;
        Request storage request = _requests[requestId];
        (uint256 claimerStake, uint256 challengerStakeTotal) = _stakes(claim, state);

        uint256 stake;
        bool takesDeposit;
        if (_isValid(requestId, claim, state, claimerStake > challengerStakeTotal)) {
            // After a late resolution some challengers may have gone with their share: the claimer gets the rest.
            stake = claimerStake + challengerStakeTotal - (state.payoutStarted ? claim.paidToChallengers : 0);
            recipient = state.claimer;
            takesDeposit = request.progress.withdrawClaimId == 0;
            claim.state.paidOut = true;
        } else if (challengerStakeTotal == 0) {
            stake = claimerStake;
            recipient = owner();
            claim.state.paidOut = true;
        } else {
            stake = _takeChallengerShare(claimId, participant, claimerStake, challengerStakeTotal);
            recipient = participant;
        }

        if (!state.payoutStarted) {
            claim.state.payoutStarted = true;
            request.progress.activeClaims -= 1;
        }
        emit ClaimStakeWithdrawn(claimId, requestId, recipient);
        if (takesDeposit) _payDeposit(requestId, claimId, recipient);
        Address.sendValue(payable(recipient), stake);
    }

    /// @dev The challengers share C + S: each gets twice its stake, and the last one bears the difference.
    function _takeChallengerShare(
        uint96 claimId,
        address challenger,
        uint256 claimerStake,
        uint256 challengerStakeTotal
    ) private returns (uint256 share) {
        Claim storage claim = _claims[claimId];
        bool isLast = challenger == claim.lastChallenger;
        if (isLast) {
            if (claim.lastChallengerPaid) revert NoStake(challenger);
            share = 2 * (challengerStakeTotal - claim.earlierStakeTotal) + claimerStake - challengerStakeTotal;
        } else {
            share = 2 * uint256(_earlierStakes[claimId][challenger]);
            if (share == 0) revert NoStake(challenger);
            _earlierStakes[claimId][challenger] = 0;
        }
        uint256 paid = claim.paidToChallengers + share;
        if (paid == claimerStake + challengerStakeTotal) {
            claim.state.paidOut = true;
        } else {
            claim.paidToChallengers = uint128(paid); // less than the sum of two stakes of 96 bits
            if (isLast) claim.lastChallengerPaid = true;
        }
    }

    function _payDeposit(bytes32 requestId, uint96 claimId, address receiver) private {
        Request storage request = _requests[requestId];
        request.progress.withdrawClaimId = uint64(claimId); // made from the counter of 56 bits
        RequestTerms memory terms = request.terms;
        uint256 amount = request.progress.amount;
        (uint256 lpFee_, uint256 protocolFee_) = _feesOf(request, terms, amount);
        address token = _route(terms.routeId).token;
        _bookProtocolFee(token, protocolFee_);
        emit DepositWithdrawn(requestId, receiver);
        IERC20(token).safeTransfer(receiver, amount + lpFee_);
    }

    function _emitClaimMade(uint96 claimId) private {
        Claim storage claim = _claims[claimId];
        emit ClaimMade(
            claim.requestId,
            claimId,
            claim.state.claimer,
            claimStake + claim.claimerStakeAdded,
            claim.lastChallenger,
            claim.challengerStakeTotal,
            claim.state.termination,
            claim.fillId
        );
    }

    /// @dev The first rule that applies decides.
    function _isValid(bytes32 requestId, Claim storage claim, ClaimState memory state, bool claimerAhead)
        private
        view
        returns (bool)
    {
        Request storage request = _requests[requestId];
        if (request.terms.resolved) return request.filler == state.claimer && request.fillId == claim.fillId;
        if (_isInvalidated(requestId, claim)) return false;
        uint64 withdrawClaimId = request.progress.withdrawClaimId;
        if (withdrawClaimId != 0) {
            // No claim has the id that stands for an expired request, hence no claimer is equal to its claimer.
            Claim storage paid = _claims[withdrawClaimId];
            return paid.state.claimer == state.claimer && paid.fillId == claim.fillId;
        }
        if (block.timestamp < state.termination) revert ClaimNotTerminated(state.termination);
        return claimerAhead;
    }

    function _isInvalidated(bytes32 requestId, Claim storage claim) private view returns (bool) {
        return _requests[requestId].terms.hasInvalidFill && _invalidFills[requestId][claim.fillId];
    }

    /// @dev Once anything is paid out the shares are fixed: a further bid would change what others have been paid.
    function _requireOpenGame(uint96 claimId, Claim storage claim, ClaimState memory state, bytes32 requestId)
        private
        view
    {
        if (state.payoutStarted) revert ClaimPaidOut(claimId);
        if (block.timestamp >= state.termination) revert ClaimTerminated(state.termination);
        if (_requests[requestId].terms.resolved) revert AlreadyResolved(requestId);
        if (_isInvalidated(requestId, claim)) revert AlreadyInvalidated(requestId, claim.fillId);
    }

    function _requireBid(uint256 required) private view {
        if (msg.value < required) revert BidTooSmall(msg.value, required);
    }

    /// @dev An unchallenged claim needs no look at the stakes.
    function _stakes(Claim storage claim, ClaimState memory state)
        private
        view
        returns (uint256 claimerStake, uint256 challengerStakeTotal)
    {
        if (!state.challenged) return (claimStake, 0);
        return (uint256(claimStake) + claim.claimerStakeAdded, claim.challengerStakeTotal);
    }

    function _feesOf(Request storage request, RequestTerms memory terms, uint256 amount)
        private
        view
        returns (uint256 lpFee_, uint256 protocolFee_)
    {
        lpFee_ = terms.lpFeePPM == MIN_LP_FEE ? request.minLpFee : _share(amount, terms.lpFeePPM);
        protocolFee_ = _share(amount, terms.protocolFeePPM);
    }

    function _knownRequest(bytes32 requestId) private view returns (RequestProgress memory progress) {
        progress = _requests[requestId].progress;
        if (progress.validUntil == 0) revert UnknownRequest(requestId);
    }

    function _knownClaim(uint96 claimId) private view returns (ClaimState memory state) {
        state = _claims[claimId].state;
        if (state.claimer == address(0)) revert UnknownClaim(claimId);
    }
}
