// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {ClaimView, ManagerWorld} from "./support/ManagerWorld.sol";

contract ChallengeClaimTest is ManagerWorld {
    function test_gameOfTheProtocolsExample() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _expectClaim(claimId, 10, alice, 11);
        _bid(lp, claimId, 11);
        _expectClaim(claimId, 21, alice, 11);
        _bid(bob, claimId, 16);
        _expectClaim(claimId, 21, bob, 27);
    }

    function test_firstChallengeExtendsByFinalityOfTheTargetChain() external {
        (, uint96 claimId) = _claimed();
        _skip(CLAIM_PERIOD - 1);
        _bid(alice, claimId, 11);
        vm.assertEq(_viewClaim(claimId).termination, _now() + CHALLENGE_EXTENSION + FINALITY);
    }

    function test_laterBidsExtendWithoutFinality() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        vm.warp(_viewClaim(claimId).termination - 1);
        _bid(lp, claimId, 11);
        vm.assertEq(_viewClaim(claimId).termination, _now() + CHALLENGE_EXTENSION);
        vm.warp(_viewClaim(claimId).termination - 1);
        _bid(bob, claimId, 11);
        vm.assertEq(_viewClaim(claimId).termination, _now() + CHALLENGE_EXTENSION);
    }

    function test_bidNeverShortensAClaim() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        uint256 termination = _viewClaim(claimId).termination;
        _bid(lp, claimId, 11);
        vm.assertEq(_viewClaim(claimId).termination, termination);
    }

    function test_eventsShowTheNewTotals() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        uint256 termination = START + CHALLENGE_EXTENSION + FINALITY;
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimMade(requestId, claimId, lp, 10, alice, 11, termination, FILL_ID);
        _bid(alice, claimId, 11);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimMade(requestId, claimId, lp, 21, alice, 11, termination, FILL_ID);
        _bid(lp, claimId, 11);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimMade(requestId, claimId, lp, 21, bob, 27, termination, FILL_ID);
        _bid(bob, claimId, 16);
    }

    function testFuzz_challengerMustExceedTheClaimersLead(uint64 lead, uint64 bid) external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        uint256 counter = uint256(lead) + 11;
        _bid(lp, claimId, counter);
        uint256 required = 10 + counter - 11 + 1;
        if (bid < required) _refuse(abi.encodeWithSelector(IRequestManagerEvents.BidTooSmall.selector, bid, required));
        _bid(bob, claimId, bid);
        if (bid >= required) _expectClaim(claimId, uint96(10 + counter), bob, uint96(11) + bid);
    }

    function testFuzz_claimerMustRegainItsStakeAsLead(uint64 challenge, uint64 bid) external {
        vm.assume(challenge > STAKE);
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, challenge);
        uint256 required = uint256(challenge) - STAKE + STAKE;
        if (bid < required) _refuse(abi.encodeWithSelector(IRequestManagerEvents.BidTooSmall.selector, bid, required));
        _bid(lp, claimId, bid);
        if (bid >= required) _expectClaim(claimId, STAKE + bid, alice, challenge);
    }

    function test_claimerCannotChallengeItself() external {
        (, uint96 claimId) = _claimed();
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NotYourTurn.selector, lp));
        _bid(lp, claimId, 11);
    }

    function test_othersCannotBidWhileChallengersAreAhead() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NotYourTurn.selector, bob));
        _bid(bob, claimId, 11);
    }

    function test_refusedAtTermination() external {
        (, uint96 claimId) = _claimed();
        _skip(CLAIM_PERIOD);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimTerminated.selector, START + CLAIM_PERIOD));
        _bid(alice, claimId, 11);
    }

    function test_refusedForAnUnknownClaim() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownClaim.selector, 77));
        _bid(alice, 77, 11);
    }

    function test_refusedOnceL1HasResolvedTheRequest() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _resolve(requestId, FILL_ID, lp);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.AlreadyResolved.selector, requestId));
        _bid(alice, claimId, 11);
    }

    function test_refusedOnceL1HasInvalidatedTheFill() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _invalidate(requestId, FILL_ID);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.AlreadyInvalidated.selector, requestId, FILL_ID));
        _bid(alice, claimId, 11);
    }

    function test_allowedWhenAnotherFillOfTheRequestIsInvalid() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _invalidate(requestId, OTHER_FILL_ID);
        _bid(alice, claimId, 11);
        _expectClaim(claimId, 10, alice, 11);
    }

    function test_refusedOnceTheClaimIsPaidOut() external {
        (bytes32 requestId, uint96 falseClaim) = _claimed();
        uint96 honest = _claim(thief, requestId, OTHER_FILL_ID);
        _bid(alice, falseClaim, 11);
        _bid(lp, falseClaim, 11);
        _terminate(honest);
        _withdraw(thief, honest);
        // Rule 3 pays the false claim out before its own end.
        _withdraw(alice, falseClaim);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimPaidOut.selector, falseClaim));
        _bid(bob, falseClaim, 100);
    }

    function test_refusedOnceOneOfSeveralChallengersIsPaid() external {
        (bytes32 requestId, uint96 falseClaim) = _claimed();
        uint96 honest = _claim(thief, requestId, OTHER_FILL_ID);
        _bid(alice, falseClaim, 11);
        _bid(lp, falseClaim, 11);
        _bid(bob, falseClaim, 11);
        _bid(lp, falseClaim, 11);
        _terminate(honest);
        _withdraw(thief, honest);
        _withdraw(alice, falseClaim);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimPaidOut.selector, falseClaim));
        _bid(alice, falseClaim, 100);
    }

    function test_largestStakesAreKeptAndMoreRefused() external {
        (, uint96 claimId) = _claimed();
        uint96 largest = type(uint96).max;
        vm.deal(alice, 2 ** 100);
        vm.deal(lp, 2 ** 100);
        _expectTooLarge(96, 2 ** 96);
        _bid(alice, claimId, 2 ** 96);
        _bid(alice, claimId, largest);
        _expectClaim(claimId, STAKE, alice, largest);
        // To regain the lead the claimer would need more than 96 bits.
        _expectTooLarge(96, uint256(largest) + STAKE);
        _bid(lp, claimId, largest);
    }

    function test_claimersTotalBeyond96BitsIsRefused() external {
        (, uint96 claimId) = _claimed();
        vm.deal(alice, 2 ** 100);
        vm.deal(lp, 2 ** 100);
        _bid(alice, claimId, 11);
        _expectTooLarge(96, 2 ** 96);
        _bid(lp, claimId, 2 ** 96 - STAKE);
        _bid(lp, claimId, 2 ** 96 - STAKE - 1);
        _expectClaim(claimId, type(uint96).max, alice, 11);
    }

    function _expectClaim(uint96 claimId, uint96 claimerStake, address lastChallenger, uint96 total) private view {
        ClaimView memory claim = _viewClaim(claimId);
        vm.assertEq(claim.claimerStake, claimerStake);
        vm.assertEq(claim.lastChallenger, lastChallenger);
        vm.assertEq(claim.challengerStakeTotal, total);
    }
}
