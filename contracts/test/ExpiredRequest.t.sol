// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

contract ExpiredRequestTest is ManagerWorld {
    function test_anyoneReturnsTheWholeDepositToTheSenderAtExpiry() external {
        bytes32 requestId = _create();
        _skip(VALIDITY);
        _expectEvent(address(manager));
        emit IRequestManagerEvents.DepositWithdrawn(requestId, user);
        vm.prank(bob);
        manager.withdrawExpiredRequest(requestId);
        vm.assertEq(token.balanceOf(user), WEALTH);
        vm.assertEq(token.balanceOf(address(manager)), 0);
        vm.assertEq(_collected(), 0);
    }

    function test_minimumLpFeeIsReturnedToo() external {
        bytes32 requestId = _create(1e18);
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        vm.assertEq(token.balanceOf(user), WEALTH);
    }

    function test_requestIsMarkedWithTheClaimIdOfExpiredOnes() external {
        bytes32 requestId = _create();
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        vm.assertEq(_viewRequest(requestId).withdrawClaimId, EXPIRED);
        vm.assertEq(manager.CLAIM_ID_WITHDRAWN_EXPIRED(), EXPIRED);
        vm.assertTrue(manager.isWithdrawn(requestId));
    }

    function test_refusedOneSecondBeforeExpiry() external {
        bytes32 requestId = _create();
        _skip(VALIDITY - 1);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.RequestNotExpired.selector, START + VALIDITY));
        manager.withdrawExpiredRequest(requestId);
    }

    function test_refusedTheSecondTime() external {
        bytes32 requestId = _create();
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.DepositAlreadyWithdrawn.selector, requestId));
        manager.withdrawExpiredRequest(requestId);
    }

    function test_refusedAfterAClaimerTookTheDeposit() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _terminate(claimId);
        _withdraw(lp, claimId);
        _skip(VALIDITY);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.DepositAlreadyWithdrawn.selector, requestId));
        manager.withdrawExpiredRequest(requestId);
    }

    function test_refusedWhileAClaimIsOpen() external {
        (bytes32 requestId,) = _claimed();
        _claim(thief, requestId, OTHER_FILL_ID);
        _skip(VALIDITY);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.ActiveClaims.selector, 2));
        manager.withdrawExpiredRequest(requestId);
    }

    function test_allowedOnceAFalseClaimIsPaidOut() external {
        (bytes32 requestId, uint96 claimId) = _claimed();
        _bid(alice, claimId, STAKE + 1);
        _terminate(claimId);
        _withdraw(alice, claimId);
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        vm.assertEq(token.balanceOf(user), WEALTH);
    }

    function test_refusedForAnUnknownRequest() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownRequest.selector, bytes32("nothing")));
        manager.withdrawExpiredRequest("nothing");
    }

    function test_isWithdrawnIsRefusedForAnUnknownRequest() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownRequest.selector, bytes32("nothing")));
        manager.isWithdrawn("nothing");
    }

    function test_requestOnlyResolvedByL1IsStillUnknown() external {
        _resolve("ahead", FILL_ID, lp);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.UnknownRequest.selector, bytes32("ahead")));
        manager.isWithdrawn("ahead");
    }
}
