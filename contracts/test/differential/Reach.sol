// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {Lockstep} from "./Lockstep.sol";

/// @dev The places a random sequence must come by, or it has shown nothing about them.
enum Place {
    RequestCreated,
    RequestRefused,
    RequestOfLargestAmount,
    RequestToLargestChainId,
    RequestExpired,
    ExpiryRefusedForActiveClaim,
    ClaimBySelf,
    ClaimPaidByOther,
    SecondOpenClaim,
    SameClaimAgain,
    FirstChallenge,
    CounterChallenge,
    LaterChallenge,
    SecondChallenger,
    BidTooLow,
    ChallengeOfPaidOutClaim,
    ChallengeOfResolvedRequest,
    ChallengeOfInvalidFill,
    ResolvedInMidGame,
    InvalidatedInMidGame,
    InvalidMarkCleared,
    Rule1Valid,
    Rule1Invalid,
    Rule2Invalid,
    Rule3Valid,
    Rule3Invalid,
    Rule3Expired,
    Rule4Valid,
    Rule4Invalid,
    ClaimerAlone,
    ToOwner,
    LastChallengerGains,
    LastChallengerLoses,
    EarlierChallenger,
    LaterShare,
    TwiceRefused,
    UndecidedRefused,
    PaymentRefused,
    DepositStillThere,
    DepositGone,
    FeesCollected,
    FeesOfLpAboveMinimum,
    FeesAtMinimum,
    ResolvedBeforeCreated,
    InvalidatedBeforeCreated
}

/// @notice Counts how often the sequences come by each place, judged by the plain contract's state.
abstract contract Reach is Lockstep {
    uint256 internal constant PLACES = uint256(type(Place).max) + 1;

    mapping(uint256 place => uint256 times) internal reached;

    struct Before {
        IRequestManager.Claim claim;
        IRequestManager.Request request;
        uint8 rule;
        bool valid;
    }

    function _reach(Place place) internal {
        reached[uint256(place)]++;
    }

    function _reachIf(bool condition, Place place) internal {
        if (condition) {
            _reach(place);
        }
    }

    function _look(uint96 claimId) internal view returns (Before memory before) {
        before.claim = plain.claims(claimId);
        before.request = plain.requests(before.claim.requestId);
        (before.rule, before.valid) = plain.verdict(claimId);
    }

    function _noteRequest(bytes32 requestId) internal {
        IRequestManager.Request memory request = plain.requests(requestId);
        _reach(Place.RequestCreated);
        _reachIf(request.amount == type(uint128).max, Place.RequestOfLargestAmount);
        _reachIf(request.targetChainId == type(uint64).max, Place.RequestToLargestChainId);
        uint256 minimum = plain.minLpFee(request.targetChainId, request.sourceTokenAddress);
        _reachIf(request.lpFee > minimum, Place.FeesOfLpAboveMinimum);
        _reachIf(minimum != 0 && request.lpFee == minimum, Place.FeesAtMinimum);
    }

    function _noteClaim(uint96 claimId, address payer) internal {
        IRequestManager.Claim memory claim = plain.claims(claimId);
        _reach(claim.claimer == payer ? Place.ClaimBySelf : Place.ClaimPaidByOther);
        _reachIf(plain.requests(claim.requestId).activeClaims > 1, Place.SecondOpenClaim);
        for (uint256 i = 0; i < claimIds.length; i++) {
            IRequestManager.Claim memory other = plain.claims(claimIds[i]);
            bool same = other.requestId == claim.requestId && other.claimer == claim.claimer;
            if (claimIds[i] != claimId && same && other.fillId == claim.fillId) {
                _reach(Place.SameClaimAgain);
                return;
            }
        }
    }

    function _noteBid(Before memory before, bool ok, address caller, bool inTime) internal {
        if (!ok) {
            _noteRefusedBid(before, inTime);
        } else if (caller == before.claim.claimer) {
            _reach(Place.CounterChallenge);
        } else if (before.claim.challengerStakeTotal == 0) {
            _reach(Place.FirstChallenge);
        } else {
            _reach(Place.LaterChallenge);
            _reachIf(before.claim.lastChallenger != caller, Place.SecondChallenger);
        }
    }

    function _noteRefusedBid(Before memory before, bool inTime) private {
        bool open = before.claim.claimer != address(0) && inTime;
        if (open && before.rule == 1) {
            _reach(Place.ChallengeOfResolvedRequest);
        } else if (open && before.rule == 2) {
            _reach(Place.ChallengeOfInvalidFill);
        } else if (open && before.claim.withdrawnAmount != 0) {
            _reach(Place.ChallengeOfPaidOutClaim);
        } else if (open) {
            _reach(Place.BidTooLow);
        }
    }

    function _noteWithdrawal(Before memory before, bool ok, address participant) internal {
        uint256 stakes = uint256(before.claim.claimerStake) + before.claim.challengerStakeTotal;
        if (!ok) {
            bool known = before.claim.claimer != address(0);
            _reachIf(known && before.rule == 0, Place.UndecidedRefused);
            _reachIf(known && before.claim.withdrawnAmount == stakes, Place.TwiceRefused);
            bool unpaid = before.valid && before.claim.withdrawnAmount == 0;
            _reachIf(unpaid && before.claim.claimer == refuser, Place.PaymentRefused);
            return;
        }
        _noteRule(before);
        if (before.valid) {
            _reachIf(before.claim.challengerStakeTotal == 0, Place.ClaimerAlone);
            _reach(before.request.withdrawClaimId == 0 ? Place.DepositStillThere : Place.DepositGone);
        } else {
            _noteShare(before, participant);
        }
    }

    function _noteRule(Before memory before) private {
        if (before.rule == 1) {
            _reach(before.valid ? Place.Rule1Valid : Place.Rule1Invalid);
        } else if (before.rule == 2) {
            _reach(Place.Rule2Invalid);
        } else if (before.rule == 4) {
            _reach(before.valid ? Place.Rule4Valid : Place.Rule4Invalid);
        } else if (before.valid) {
            _reach(Place.Rule3Valid);
        } else {
            bool expired = before.request.withdrawClaimId == type(uint96).max;
            _reach(expired ? Place.Rule3Expired : Place.Rule3Invalid);
        }
    }

    function _noteShare(Before memory before, address participant) private {
        IRequestManager.Claim memory claim = before.claim;
        if (claim.challengerStakeTotal == 0) {
            _reach(Place.ToOwner);
            return;
        }
        if (claim.lastChallenger != participant) {
            _reach(Place.EarlierChallenger);
        } else {
            bool gains = claim.claimerStake > claim.challengerStakeTotal;
            _reach(gains ? Place.LastChallengerGains : Place.LastChallengerLoses);
        }
        _reachIf(claim.withdrawnAmount != 0, Place.LaterShare);
    }
}
