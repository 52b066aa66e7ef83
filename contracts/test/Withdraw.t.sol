// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Errors} from "@openzeppelin/contracts/utils/Errors.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {RequestManager} from "../src/RequestManager.sol";
import {NonReturningToken} from "../src/tokens/NonReturningToken.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

/// @dev A claimer that tries to be paid twice when it gets its stake.
contract GreedyClaimer {
    RequestManager private immutable _manager;
    uint96 private _claimId;

    constructor(RequestManager manager) payable {
        _manager = manager;
    }

    function claim(bytes32 requestId, bytes32 fillId) external returns (uint96) {
        _claimId = _manager.claimRequest{value: _manager.claimStake()}(requestId, fillId);
        return _claimId;
    }

    receive() external payable {
        _manager.withdraw(_claimId);
    }
}

contract WithdrawTest is ManagerWorld {
    uint256 private constant LP_FEE = AMOUNT / 1000;
    uint256 private constant PROTOCOL_FEE = AMOUNT / 500;

    // Rule 4: the game has ended.

    function test_claimerAheadAtTerminationTakesStakesAndDeposit() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _terminate(claimId);
        uint256 before = lp.balance;
        vm.assertEq(_withdraw(lp, claimId), lp);
        vm.assertEq(lp.balance, before + STAKE);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
        vm.assertEq(_collected(), PROTOCOL_FEE);
        vm.assertEq(_viewRequest(requestId).withdrawClaimId, claimId);
        vm.assertEq(_viewRequest(requestId).activeClaims, 0);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, STAKE);
        vm.assertTrue(manager.isWithdrawn(requestId));
    }

    function test_stakeEventComesBeforeDepositEvent() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _terminate(claimId);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimStakeWithdrawn(claimId, requestId, lp);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.DepositWithdrawn(requestId, lp);
        _withdraw(lp, claimId);
    }

    function test_requestKeepsItsFiguresAfterTheDepositLeft() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _terminate(claimId);
        _withdraw(lp, claimId);
        vm.assertEq(_viewRequest(requestId).amount, AMOUNT);
        vm.assertEq(_viewRequest(requestId).lpFee, LP_FEE);
        vm.assertEq(_viewRequest(requestId).protocolFee, PROTOCOL_FEE);
        vm.assertEq(_viewRequest(requestId).sender, user);
        vm.assertEq(_viewClaim(claimId).fillId, FILL_ID);
        vm.assertEq(_viewClaim(claimId).claimerStake, STAKE);
    }

    function test_minimumLpFeeGoesToTheClaimer() external {
        bytes32 requestId = _create(1e18);
        uint96 claimId = _claim(lp, requestId, FILL_ID);
        _terminate(claimId);
        uint256 lpFee = _viewRequest(requestId).lpFee;
        _withdraw(lp, claimId);
        vm.assertEq(token.balanceOf(lp), 1e18 + lpFee);
    }

    function test_refusedBeforeTermination() external {
        (, uint96 claimId) = _claimed();
        _skip(CLAIM_PERIOD - 1);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimNotTerminated.selector, START + CLAIM_PERIOD));
        _withdraw(lp, claimId);
    }

    function test_anyoneWithdrawsForTheClaimer() external {
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        vm.prank(bob);
        vm.assertEq(manager.withdraw(lp, claimId), lp);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
    }

    function test_claimerThatWonTheGameTakesTheChallengersStakes() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _bid(lp, claimId, 11);
        _terminate(claimId);
        uint256 before = lp.balance;
        _withdraw(lp, claimId);
        vm.assertEq(lp.balance, before + 32);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, 32);
        vm.assertEq(address(manager).balance, 0);
    }

    function test_singleChallengerTakesEverythingButTheDeposit() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _bid(alice, claimId, 25);
        _terminate(claimId);
        uint256 before = alice.balance;
        vm.assertEq(_withdraw(alice, claimId), alice);
        vm.assertEq(alice.balance, before + 35);
        vm.assertFalse(manager.isWithdrawn(requestId));
        vm.assertEq(_viewRequest(requestId).activeClaims, 0);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, 35);
        vm.assertEq(token.balanceOf(alice), 0);
    }

    function test_severalChallengersShareAndTheLastBearsTheDifference() external {
        uint96 claimId = _lostGame();
        uint256 before = alice.balance;
        _withdraw(alice, claimId);
        vm.assertEq(alice.balance, before + 22);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, 22);
        vm.assertEq(_viewRequest(_viewClaim(claimId).requestId).activeClaims, 0);
        before = bob.balance;
        _withdraw(bob, claimId);
        vm.assertEq(bob.balance, before + 26); // 2 * 16 - (27 - 21)
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, 48);
        vm.assertEq(address(manager).balance, 0);
    }

    function test_challengersWithdrawInAnyOrder() external {
        uint96 claimId = _lostGame();
        uint256 before = bob.balance;
        _withdraw(bob, claimId);
        vm.assertEq(bob.balance, before + 26);
        before = alice.balance;
        _withdraw(alice, claimId);
        vm.assertEq(alice.balance, before + 22);
        vm.assertEq(address(manager).balance, 0);
    }

    function test_someoneElseWithdrawsForAChallenger() external {
        uint96 claimId = _lostGame();
        uint256 before = alice.balance;
        vm.prank(user);
        vm.assertEq(manager.withdraw(alice, claimId), alice);
        vm.assertEq(alice.balance, before + 22);
    }

    function test_partialWithdrawalEmitsOneEventForEachChallenger() external {
        uint96 claimId = _lostGame();
        bytes32 requestId = _viewClaim(claimId).requestId;
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimStakeWithdrawn(claimId, requestId, alice);
        _withdraw(alice, claimId);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimStakeWithdrawn(claimId, requestId, bob);
        _withdraw(bob, claimId);
    }

    function test_challengerThatReturnsHoldsBothItsStakes() external {
        (, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _bid(lp, claimId, 11);
        _bid(bob, claimId, 16);
        _bid(lp, claimId, 20);
        _bid(alice, claimId, 30);
        _bid(lp, claimId, 40);
        _bid(alice, claimId, 100);
        _terminate(claimId);
        // C = 81; S = 157, of which alice holds 141 and bob 16
        uint256 aliceBefore = alice.balance;
        uint256 bobBefore = bob.balance;
        _withdraw(bob, claimId);
        _withdraw(alice, claimId);
        vm.assertEq(bob.balance, bobBefore + 32);
        vm.assertEq(alice.balance, aliceBefore + 2 * 141 - (157 - 81));
        vm.assertEq(address(manager).balance, 0);
    }

    function test_refusedForAParticipantWithoutStake() external {
        uint96 claimId = _lostGame();
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NoStake.selector, user));
        _withdraw(user, claimId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NoStake.selector, lp));
        _withdraw(lp, claimId);
    }

    function test_noChallengerIsPaidTwice() external {
        uint96 claimId = _lostGame();
        _withdraw(alice, claimId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NoStake.selector, alice));
        _withdraw(alice, claimId);
    }

    function test_lastChallengerIsNotPaidTwiceThoughItsShareIsCorrected() external {
        uint96 claimId = _lostGame();
        _withdraw(bob, claimId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.NoStake.selector, bob));
        _withdraw(bob, claimId);
    }

    function test_refusedOnceEverythingIsPaidOut() external {
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        _withdraw(lp, claimId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimPaidOut.selector, claimId));
        _withdraw(lp, claimId);
    }

    function test_refusedForAnUnknownClaim() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownClaim.selector, 77));
        _withdraw(lp, 77);
    }

    // Rule 1: resolved on L1.

    function test_resolvedClaimIsPaidBeforeTermination() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _bid(alice, claimId, 25);
        _resolve(requestId, FILL_ID, lp);
        uint256 before = lp.balance;
        _withdraw(lp, claimId);
        vm.assertEq(lp.balance, before + 35);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
    }

    function test_claimOfAnotherFillerLosesWithoutChallengerToTheOwner() external {
        bytes32 requestId = _create();
        uint96 claimId = _claim(thief, requestId, FILL_ID);
        _resolve(requestId, FILL_ID, lp);
        uint256 before = owner.balance;
        vm.assertEq(_withdraw(bob, claimId), owner);
        vm.assertEq(owner.balance, before + STAKE);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, STAKE);
        vm.assertEq(_viewRequest(requestId).activeClaims, 0);
        vm.assertFalse(manager.isWithdrawn(requestId));
    }

    function test_claimOfAnotherFillIdLoses() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _resolve(requestId, OTHER_FILL_ID, lp);
        vm.assertEq(_withdraw(lp, claimId), owner);
    }

    function test_challengerGetsTheExcessWhenTheClaimerWasAhead() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _bid(lp, claimId, 40);
        _resolve(requestId, OTHER_FILL_ID, lp);
        uint256 before = alice.balance;
        _withdraw(alice, claimId);
        vm.assertEq(alice.balance, before + 61);
        vm.assertEq(address(manager).balance, 0);
    }

    function test_resolutionAheadOfTheRequestDecidesItsClaims() external {
        bytes32 requestId =
            keccak256(abi.encodePacked(block.chainid, TARGET_CHAIN, targetToken, receiver, AMOUNT, uint96(1)));
        _resolve(requestId, FILL_ID, lp);
        vm.assertEq(_create(), requestId);
        vm.assertEq(_viewRequest(requestId).filler, lp);
        vm.assertEq(_viewRequest(requestId).fillId, FILL_ID);
        uint96 claimId = _claim(lp, requestId, FILL_ID);
        _withdraw(lp, claimId);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
    }

    function test_honestFillerGetsOnlyStakesWhenTheDepositWentElsewhere() external {
        bytes32 requestId = _create();
        uint96 falseClaim = _claim(thief, requestId, OTHER_FILL_ID);
        uint96 honest = _claim(lp, requestId, FILL_ID);
        _bid(alice, honest, 11);
        _terminate(falseClaim);
        _withdraw(thief, falseClaim);
        _resolve(requestId, FILL_ID, lp);
        uint256 before = lp.balance;
        _withdraw(lp, honest);
        vm.assertEq(lp.balance, before + 21);
        vm.assertEq(token.balanceOf(lp), 0);
        vm.assertEq(_viewRequest(requestId).withdrawClaimId, falseClaim);
    }

    function test_lateResolutionLeavesTheClaimerTheRestAndTheDeposit() external {
        uint96 claimId = _lostGame();
        bytes32 requestId = _viewClaim(claimId).requestId;
        _withdraw(alice, claimId);
        _resolve(requestId, FILL_ID, lp);
        uint256 before = lp.balance;
        _withdraw(lp, claimId);
        vm.assertEq(lp.balance, before + 26);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, 48);
        vm.assertEq(_viewRequest(requestId).activeClaims, 0);
        vm.assertEq(address(manager).balance, 0);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimPaidOut.selector, claimId));
        _withdraw(bob, claimId);
    }

    // Rule 2: invalidated on L1.

    function test_invalidatedClaimIsLostBeforeTermination() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _bid(alice, claimId, 11);
        _invalidate(requestId, FILL_ID);
        uint256 before = alice.balance;
        _withdraw(alice, claimId);
        vm.assertEq(alice.balance, before + 21);
    }

    function test_invalidatedClaimWithoutChallengerGoesToTheOwner() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _invalidate(requestId, FILL_ID);
        vm.assertEq(_withdraw(lp, claimId), owner);
    }

    function test_resolutionOverrulesInvalidation() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _invalidate(requestId, FILL_ID);
        _resolve(requestId, FILL_ID, lp);
        vm.assertEq(_withdraw(bob, claimId), lp);
    }

    function test_invalidationOfAnotherFillDecidesNothing() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _invalidate(requestId, OTHER_FILL_ID);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimNotTerminated.selector, START + CLAIM_PERIOD));
        _withdraw(lp, claimId);
    }

    function test_invalidationAheadOfTheRequestDecidesItsClaims() external {
        bytes32 requestId =
            keccak256(abi.encodePacked(block.chainid, TARGET_CHAIN, targetToken, receiver, AMOUNT, uint96(1)));
        _invalidate(requestId, FILL_ID);
        _create();
        uint96 claimId = _claim(lp, requestId, FILL_ID);
        vm.assertEq(_withdraw(lp, claimId), owner);
    }

    // Rule 3: the deposit was withdrawn.

    function test_secondClaimOfTheSameFillIsValidOnceTheFirstGotTheDeposit() external {
        (bytes32 requestId, uint96 first) = _claimed();
        _skip(1 minutes);
        uint96 second = _claim(lp, requestId, FILL_ID);
        _terminate(first);
        _withdraw(lp, first);
        uint256 before = lp.balance;
        vm.assertEq(_withdraw(lp, second), lp);
        vm.assertEq(lp.balance, before + STAKE);
        vm.assertEq(token.balanceOf(lp), AMOUNT + LP_FEE);
        vm.assertEq(_collected(), PROTOCOL_FEE);
    }

    function test_claimOfAnotherClaimerIsLostOnceTheDepositIsGone() external {
        (bytes32 requestId, uint96 first) = _claimed();
        _skip(1 minutes);
        uint96 second = _claim(thief, requestId, FILL_ID);
        _terminate(first);
        _withdraw(lp, first);
        vm.assertEq(_withdraw(thief, second), owner);
    }

    function test_claimOfAnotherFillIdIsLostOnceTheDepositIsGone() external {
        (bytes32 requestId, uint96 first) = _claimed();
        _skip(1 minutes);
        uint96 second = _claim(lp, requestId, OTHER_FILL_ID);
        _terminate(first);
        _withdraw(lp, first);
        vm.assertEq(_withdraw(lp, second), owner);
    }

    function test_partlyPaidClaimStaysLostAfterExpiry() external {
        uint96 claimId = _lostGame();
        bytes32 requestId = _viewClaim(claimId).requestId;
        _withdraw(alice, claimId);
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        uint256 before = bob.balance;
        _withdraw(bob, claimId);
        vm.assertEq(bob.balance, before + 26);
        vm.assertEq(token.balanceOf(user), WEALTH);
    }

    function test_lateResolutionAfterExpiryGivesStakesButNoDeposit() external {
        uint96 claimId = _lostGame();
        bytes32 requestId = _viewClaim(claimId).requestId;
        _withdraw(alice, claimId);
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        _resolve(requestId, FILL_ID, lp);
        _withdraw(lp, claimId);
        vm.assertEq(token.balanceOf(lp), 0);
        vm.assertEq(_viewRequest(requestId).withdrawClaimId, EXPIRED);
    }

    // Money.

    function testFuzz_everyGamePaysOutExactlyItsStakes(uint64[6] memory bids, bool resolve) external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        address[3] memory challengers = [alice, bob, user];
        uint256 c = STAKE;
        uint256 s = 0;
        for (uint256 i; i < bids.length; ++i) {
            if (c > s) {
                uint256 value = c - s + 1 + bids[i] / 2;
                _bid(challengers[(i + bids[i]) % 3], claimId, value);
                s += value;
            } else {
                uint256 value = s - c + STAKE + bids[i] / 2;
                _bid(lp, claimId, value);
                c += value;
            }
        }
        if (resolve) _resolve(requestId, OTHER_FILL_ID, lp);
        else _terminate(claimId);
        address[4] memory all = [alice, bob, user, lp];
        for (uint256 i; i < all.length; ++i) {
            vm.prank(all[i]);
            // Those without a stake are refused.
            try manager.withdraw(claimId) {} catch {}
        }
        vm.assertEq(address(manager).balance, 0);
        vm.assertEq(_viewClaim(claimId).withdrawnAmount, c + s);
    }

    function test_tokenThatReturnsNothingIsPaidInAndOut() external {
        NonReturningToken usdt = new NonReturningToken("Tether", "USDT", 6);
        usdt.mint(user, 1e12);
        vm.prank(owner);
        manager.updateToken(address(usdt), 1e12, 2000e6);
        vm.startPrank(user);
        usdt.approve(address(manager), 1e12);
        bytes32 claimed = manager.createRequest(TARGET_CHAIN, address(usdt), targetToken, receiver, 1e9, VALIDITY);
        bytes32 expired = manager.createRequest(TARGET_CHAIN, address(usdt), targetToken, receiver, 1e9, VALIDITY);
        vm.stopPrank();
        uint96 claimId = _claim(lp, claimed, FILL_ID);
        _skip(VALIDITY);
        _withdraw(lp, claimId);
        manager.withdrawExpiredRequest(expired);
        vm.prank(owner);
        manager.withdrawProtocolFees(address(usdt), owner);
        vm.assertEq(usdt.balanceOf(lp), 1e9 + 1e6);
        vm.assertEq(usdt.balanceOf(owner), 2e6);
        vm.assertEq(usdt.balanceOf(user), 1e12 - 1e9 - 3e6);
        vm.assertEq(usdt.balanceOf(address(manager)), 0);
    }

    function test_claimerThatCannotBePaidRefusesTheWholeWithdrawal() external {
        address refusing = address(token);
        vm.prank(owner);
        manager.addAllowedLp(refusing);
        bytes32 requestId = _create();
        vm.prank(bob);
        uint96 claimId = manager.claimRequest{value: STAKE}(refusing, requestId, FILL_ID);
        _terminate(claimId);
        vm.expectRevert(Errors.FailedCall.selector);
        _withdraw(bob, claimId);
        vm.assertFalse(manager.isWithdrawn(requestId));
    }

    function test_claimerThatComesBackWhileItIsPaidIsRefused() external {
        GreedyClaimer greedy = new GreedyClaimer(manager);
        vm.deal(address(greedy), STAKE);
        vm.prank(owner);
        manager.addAllowedLp(address(greedy));
        uint96 claimId = greedy.claim(_create(), FILL_ID);
        _terminate(claimId);
        vm.expectRevert(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        _withdraw(bob, claimId);
    }

    function test_withdrawalGoesOnWhilePaused() external {
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        vm.prank(owner);
        manager.pause();
        vm.assertEq(_withdraw(lp, claimId), lp);
    }

    function test_removedLpStillWithdraws() external {
        (, uint96 claimId) = _claimed();
        vm.prank(owner);
        manager.removeAllowedLp(lp);
        _terminate(claimId);
        vm.assertEq(_withdraw(lp, claimId), lp);
    }

    /// @dev The protocol's example, at its end: C = 21; S = 27, of which alice holds 11 and bob, the last, 16.
    function _lostGame() private returns (uint96 claimId) {
        (, claimId) = _claimed();
        _bid(alice, claimId, 11);
        _bid(lp, claimId, 11);
        _bid(bob, claimId, 16);
        _terminate(claimId);
    }
}
