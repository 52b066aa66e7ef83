// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {NonReturningToken} from "../src/tokens/NonReturningToken.sol";
import {ManagerWorld, RequestView} from "./support/ManagerWorld.sol";

contract CreateRequestTest is ManagerWorld {
    function test_requestIsStoredWithItsTermsAndFees() external {
        bytes32 requestId = _create();
        RequestView memory request = _viewRequest(requestId);
        vm.assertEq(request.sender, user);
        vm.assertEq(request.sourceTokenAddress, address(token));
        vm.assertEq(request.targetChainId, TARGET_CHAIN);
        vm.assertEq(request.amount, AMOUNT);
        vm.assertEq(request.validUntil, START + VALIDITY);
        vm.assertEq(request.lpFee, AMOUNT / 1000);
        vm.assertEq(request.protocolFee, AMOUNT / 500);
        vm.assertEq(request.activeClaims, 0);
        vm.assertEq(request.withdrawClaimId, 0);
        vm.assertEq(request.filler, address(0));
        vm.assertEq(request.fillId, 0);
        vm.assertFalse(manager.isWithdrawn(requestId));
    }

    function test_requestIdIsTheHashOfWhatBothChainsKnow() external {
        bytes32 expected =
            keccak256(abi.encodePacked(block.chainid, TARGET_CHAIN, targetToken, receiver, AMOUNT, uint96(1)));
        vm.assertEq(_create(), expected);
    }

    function test_depositIsAmountAndBothFees() external {
        _create();
        uint256 deposit = AMOUNT + AMOUNT / 1000 + AMOUNT / 500;
        vm.assertEq(token.balanceOf(address(manager)), deposit);
        vm.assertEq(token.balanceOf(user), WEALTH - deposit);
    }

    function test_eventNamesEverythingAnAgentNeeds() external {
        bytes32 expected =
            keccak256(abi.encodePacked(block.chainid, TARGET_CHAIN, targetToken, receiver, AMOUNT, uint96(1)));
        _expectEvent(address(manager));
        emit IRequestManagerEvents.RequestCreated(
            expected,
            TARGET_CHAIN,
            address(token),
            targetToken,
            user,
            receiver,
            AMOUNT,
            1,
            uint32(START + VALIDITY),
            AMOUNT / 1000,
            AMOUNT / 500
        );
        _create();
    }

    function test_requestsAndClaimsShareOneCounter() external {
        vm.assertEq(manager.currentNonce(), 0);
        (bytes32 requestId, uint96 claimId) = _claimed();
        vm.assertEq(claimId, 2);
        bytes32 second = _create();
        vm.assertNotEq(requestId, second);
        vm.assertEq(manager.currentNonce(), 3);
    }

    function test_minimumLpFeeIsChargedWhenTheShareIsSmaller() external {
        uint256 minimum = manager.minLpFee(TARGET_CHAIN, address(token));
        RequestView memory request = _viewRequest(_create(1e18));
        vm.assertTrue(minimum > 1e18 / uint256(1000));
        vm.assertEq(request.lpFee, minimum);
        vm.assertEq(token.balanceOf(address(manager)), 1e18 + minimum + 1e18 / uint256(500));
    }

    function test_laterSettingsDoNotChangeAnExistingRequest() external {
        bytes32 byShare = _create();
        bytes32 byMinimum = _create(1e18);
        RequestView memory share = _viewRequest(byShare);
        RequestView memory minimum = _viewRequest(byMinimum);
        vm.startPrank(owner);
        manager.updateFees(1, 2, 3);
        manager.updateToken(address(token), 5, 6);
        manager.updateChain(TARGET_CHAIN, 7, 8, 9);
        vm.stopPrank();
        vm.assertEq(_viewRequest(byShare).lpFee, share.lpFee);
        vm.assertEq(_viewRequest(byShare).protocolFee, share.protocolFee);
        vm.assertEq(_viewRequest(byMinimum).lpFee, minimum.lpFee);
        vm.assertEq(_viewRequest(byMinimum).protocolFee, minimum.protocolFee);
    }

    function test_routesOfDifferentTokensAndChainsAreKeptApart() external {
        NonReturningToken other = new NonReturningToken("Other", "OTH", 6);
        other.mint(user, WEALTH);
        vm.startPrank(owner);
        manager.updateToken(address(other), LIMIT, 2000e6);
        manager.updateChain(type(uint64).max, FINALITY, 1e13, 500_000);
        vm.stopPrank();
        vm.startPrank(user);
        other.approve(address(manager), WEALTH);
        bytes32 first = manager.createRequest(TARGET_CHAIN, address(other), targetToken, receiver, 1, VALIDITY);
        bytes32 second =
            manager.createRequest(type(uint64).max, address(token), targetToken, receiver, AMOUNT, VALIDITY);
        vm.stopPrank();
        bytes32 third = _create();
        vm.assertEq(_viewRequest(first).sourceTokenAddress, address(other));
        vm.assertEq(_viewRequest(first).targetChainId, TARGET_CHAIN);
        vm.assertEq(_viewRequest(second).sourceTokenAddress, address(token));
        vm.assertEq(_viewRequest(second).targetChainId, type(uint64).max);
        vm.assertEq(_viewRequest(third).sourceTokenAddress, address(token));
        vm.assertEq(_viewRequest(third).targetChainId, TARGET_CHAIN);
    }

    function test_refusedWhilePaused() external {
        vm.prank(owner);
        manager.pause();
        vm.expectRevert(Pausable.EnforcedPause.selector);
        _create();
        vm.prank(owner);
        manager.unpause();
        _create();
    }

    function test_refusedForATargetChainWithoutFinalityPeriod() external {
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.TargetChainNotSupported.selector, 11));
        vm.prank(user);
        manager.createRequest(11, address(token), targetToken, receiver, AMOUNT, VALIDITY);
    }

    function test_refusedForAChainIdOfMoreThan64Bits() external {
        uint256 tooLarge = 2 ** 64 + TARGET_CHAIN;
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.TargetChainNotSupported.selector, tooLarge));
        vm.prank(user);
        manager.createRequest(tooLarge, address(token), targetToken, receiver, AMOUNT, VALIDITY);
    }

    function testFuzz_validityPeriodMustBeWithinItsBounds(uint256 period) external {
        bool allowed = period >= 30 minutes && period <= 48 hours;
        if (!allowed) _refuse(abi.encodeWithSelector(IRequestManagerEvents.InvalidValidityPeriod.selector, period));
        vm.prank(user);
        manager.createRequest(TARGET_CHAIN, address(token), targetToken, receiver, AMOUNT, period);
    }

    function test_shortestAndLongestValidityPeriodsAreAccepted() external {
        uint256[2] memory periods = [manager.MIN_VALIDITY_PERIOD(), manager.MAX_VALIDITY_PERIOD()];
        for (uint256 i; i < 2; ++i) {
            vm.prank(user);
            bytes32 requestId =
                manager.createRequest(TARGET_CHAIN, address(token), targetToken, receiver, AMOUNT, periods[i]);
            vm.assertEq(_viewRequest(requestId).validUntil, START + periods[i]);
        }
        vm.assertEq(periods[0], 30 minutes);
        vm.assertEq(periods[1], 48 hours);
    }

    function test_transferLimitItselfIsAcceptedAndMoreRefused() external {
        _create(LIMIT);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.TransferLimitExceeded.selector, LIMIT + 1, LIMIT));
        _create(LIMIT + 1);
    }

    function test_refusedWhenTheAllowanceDoesNotCoverTheFees() external {
        vm.prank(user);
        token.approve(address(manager), AMOUNT);
        vm.expectRevert();
        _create();
    }

    function test_largestAmountAndFeesAreKeptExactly() external {
        uint256 amount = type(uint128).max;
        token.mint(user, type(uint256).max - token.totalSupply());
        vm.startPrank(owner);
        manager.updateToken(address(token), amount, 2000e18);
        manager.updateFees(0, 999_999, 999_999);
        vm.stopPrank();
        RequestView memory request = _viewRequest(_create(amount));
        vm.assertEq(request.amount, amount);
        vm.assertEq(request.lpFee, amount * 999_999 / 1e6);
        vm.assertEq(request.protocolFee, amount * 999_999 / 1e6);
    }

    function test_minimumLpFeeOf128BitsIsKeptAndMoreRefused() external {
        token.mint(user, type(uint256).max - token.totalSupply());
        vm.startPrank(owner);
        manager.updateFees(0, 0, 0);
        manager.updateChain(block.chainid, 0, 2 ** 128 - 1, 0);
        manager.updateChain(TARGET_CHAIN, FINALITY, 0, 0);
        manager.updateToken(address(token), LIMIT, 1e18);
        vm.stopPrank();
        vm.assertEq(_viewRequest(_create(1)).lpFee, 2 ** 128 - 1);
        vm.prank(owner);
        manager.updateToken(address(token), LIMIT, 2e18);
        _expectTooLarge(128, 2 * (2 ** 128 - 1));
        _create(1);
    }

    function test_zeroAmountOfAnUnknownTokenCostsNothingAndMovesNothing() external {
        NonReturningToken unknown = new NonReturningToken("Unknown", "UNK", 0);
        vm.prank(user);
        bytes32 requestId = manager.createRequest(TARGET_CHAIN, address(unknown), targetToken, receiver, 0, VALIDITY);
        RequestView memory request = _viewRequest(requestId);
        vm.assertEq(request.sourceTokenAddress, address(unknown));
        vm.assertEq(request.lpFee + request.protocolFee + request.amount, 0);
    }

    function testFuzz_getterReturnsWhatWasAskedAndCharged(uint128 amount, uint32 lpRate, uint32 rate, uint64 chain)
        external
    {
        vm.assume(chain != 0 && chain != block.chainid);
        lpRate = lpRate % 1_000_000;
        rate = rate % 1_000_000;
        token.mint(user, type(uint256).max - token.totalSupply());
        vm.startPrank(owner);
        manager.updateFees(0, lpRate, rate);
        manager.updateToken(address(token), type(uint128).max, 2000e18);
        manager.updateChain(chain, 1, 1e15, 999_999);
        vm.stopPrank();
        uint256 lpFee = manager.lpFee(chain, address(token), amount);
        vm.prank(user);
        bytes32 requestId = manager.createRequest(chain, address(token), targetToken, receiver, amount, VALIDITY);
        RequestView memory request = _viewRequest(requestId);
        vm.assertEq(request.targetChainId, chain);
        vm.assertEq(request.amount, amount);
        vm.assertEq(request.lpFee, lpFee);
        vm.assertEq(request.protocolFee, uint256(amount) * rate / 1e6);
        vm.assertEq(token.balanceOf(address(manager)), uint256(amount) + lpFee + request.protocolFee);
    }
}
