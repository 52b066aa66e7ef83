// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LpAllowList} from "../src/LpAllowList.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {ClaimView, ManagerWorld} from "./support/ManagerWorld.sol";

contract ClaimRequestTest is ManagerWorld {
    function test_claimIsStoredWithStakeAndTermination() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        ClaimView memory claim = _viewClaim(claimId);
        vm.assertEq(claim.requestId, requestId);
        vm.assertEq(claim.claimer, lp);
        vm.assertEq(claim.claimerStake, STAKE);
        vm.assertEq(claim.lastChallenger, address(0));
        vm.assertEq(claim.challengerStakeTotal, 0);
        vm.assertEq(claim.withdrawnAmount, 0);
        vm.assertEq(claim.termination, START + CLAIM_PERIOD);
        vm.assertEq(claim.fillId, FILL_ID);
        vm.assertEq(_viewRequest(requestId).activeClaims, 1);
        vm.assertEq(address(manager).balance, STAKE);
    }

    function test_unknownClaimReadsAsNothing() external view {
        ClaimView memory claim = _viewClaim(99);
        vm.assertEq(claim.claimer, address(0));
        vm.assertEq(claim.claimerStake, 0);
    }

    function test_eventShowsAnUnchallengedClaim() external {
        bytes32 requestId = _create();
        _expectEvent(address(manager));
        emit IRequestManagerEvents.ClaimMade(requestId, 2, lp, STAKE, address(0), 0, START + CLAIM_PERIOD, FILL_ID);
        _claim(lp, requestId, FILL_ID);
    }

    function test_anyonePaysTheStakeForAnAllowedClaimer() external {
        bytes32 requestId = _create();
        vm.prank(bob);
        uint96 claimId = manager.claimRequest{value: STAKE}(lp, requestId, FILL_ID);
        vm.assertEq(_viewClaim(claimId).claimer, lp);
        _terminate(claimId);
        uint256 before = lp.balance;
        _withdraw(bob, claimId);
        vm.assertEq(lp.balance, before + STAKE);
    }

    function test_sameClaimerClaimsTwiceAndLocksTwoStakes() external {
        (bytes32 requestId, uint96 first) = _claimed();
        uint96 second = _claim(lp, requestId, FILL_ID);
        vm.assertTrue(first != second);
        vm.assertEq(_viewRequest(requestId).activeClaims, 2);
        vm.assertEq(address(manager).balance, 2 * STAKE);
    }

    function test_lastSecondForAClaim() external {
        bytes32 requestId = _create();
        _skip(VALIDITY + CLAIM_EXTENSION - 1);
        _claim(lp, requestId, FILL_ID);
    }

    function test_refusedAfterTheLastSecond() external {
        bytes32 requestId = _create();
        _skip(VALIDITY + CLAIM_EXTENSION);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ClaimTooLate.selector, START + VALIDITY + CLAIM_EXTENSION));
        _claim(lp, requestId, FILL_ID);
    }

    function test_refusedForAnUnknownRequest() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownRequest.selector, bytes32("nothing")));
        _claim(lp, "nothing", FILL_ID);
    }

    function test_refusedOnceTheDepositIsWithdrawn() external {
        bytes32 requestId = _create();
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.DepositAlreadyWithdrawn.selector, requestId));
        _claim(lp, requestId, FILL_ID);
    }

    function testFuzz_refusedUnlessTheStakeIsExact(uint96 value) external {
        vm.assume(value != STAKE);
        bytes32 requestId = _create();
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.WrongClaimStake.selector, value, STAKE));
        vm.prank(lp);
        manager.claimRequest{value: value}(requestId, FILL_ID);
    }

    function test_refusedForAStakeThatOnlyItsLowBitsMatch() external {
        bytes32 requestId = _create();
        uint256 value = 2 ** 96 + STAKE;
        vm.deal(lp, value);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.WrongClaimStake.selector, value, STAKE));
        vm.prank(lp);
        manager.claimRequest{value: value}(requestId, FILL_ID);
    }

    function test_refusedForAClaimerThatIsNoAllowedLp() external {
        bytes32 requestId = _create();
        _refuse(abi.encodeWithSelector(LpAllowList.LpNotAllowed.selector, alice));
        _claim(alice, requestId, FILL_ID);
        _refuse(abi.encodeWithSelector(LpAllowList.LpNotAllowed.selector, alice));
        vm.prank(lp);
        manager.claimRequest{value: STAKE}(alice, requestId, FILL_ID);
    }

    function test_refusedForTheZeroClaimerEvenWhenAllowed() external {
        bytes32 requestId = _create();
        vm.prank(owner);
        manager.addAllowedLp(address(0));
        vm.expectRevert(IRequestManagerEvents.ZeroClaimer.selector);
        vm.prank(lp);
        manager.claimRequest{value: STAKE}(address(0), requestId, FILL_ID);
    }

    function test_refusedForTheZeroFillId() external {
        bytes32 requestId = _create();
        vm.expectRevert(IRequestManagerEvents.ZeroFillId.selector);
        _claim(lp, requestId, 0);
    }

    function test_allowedWhilePaused() external {
        bytes32 requestId = _create();
        vm.prank(owner);
        manager.pause();
        _claim(lp, requestId, FILL_ID);
    }
}
