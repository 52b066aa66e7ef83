// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {FeeSettings} from "../src/FeeSettings.sol";
import {LpAllowList} from "../src/LpAllowList.sol";
import {RequestManager} from "../src/RequestManager.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

contract FeeSettingsTest is ManagerWorld {
    // Settings.

    function test_constructorFixesTheTermsAndTheOwner() external view {
        vm.assertEq(manager.claimStake(), STAKE);
        vm.assertEq(manager.claimRequestExtension(), CLAIM_EXTENSION);
        vm.assertEq(manager.claimPeriod(), CLAIM_PERIOD);
        vm.assertEq(manager.challengePeriodExtension(), CHALLENGE_EXTENSION);
        vm.assertEq(manager.owner(), owner);
    }

    function test_feesAreStoredAndAnnounced() external {
        _expectEvent(address(manager));
        emit FeeSettings.FeesUpdated(2_000_000, 999_999, 999_999);
        vm.prank(owner);
        manager.updateFees(2_000_000, 999_999, 999_999);
        vm.assertEq(manager.minFeePPM(), 2_000_000);
        vm.assertEq(manager.lpFeePPM(), 999_999);
        vm.assertEq(manager.protocolFeePPM(), 999_999);
    }

    function test_ratesOfAMillionAreRefused() external {
        vm.startPrank(owner);
        _refuse(abi.encodeWithSelector(FeeSettings.PPMTooLarge.selector, 1_000_000));
        manager.updateFees(0, 1_000_000, 0);
        _refuse(abi.encodeWithSelector(FeeSettings.PPMTooLarge.selector, 1_000_000));
        manager.updateFees(0, 0, 1_000_000);
        _refuse(abi.encodeWithSelector(FeeSettings.PPMTooLarge.selector, 1_000_000));
        manager.updateChain(TARGET_CHAIN, FINALITY, 0, 1_000_000);
        // A weight whose low bits would be an allowed one.
        _refuse(abi.encodeWithSelector(FeeSettings.PPMTooLarge.selector, 2 ** 32 + 1));
        manager.updateChain(TARGET_CHAIN, FINALITY, 0, 2 ** 32 + 1);
        vm.stopPrank();
    }

    function test_tokenIsStoredAndAnnounced() external {
        uint256 largest = type(uint128).max;
        _expectEvent(address(manager));
        emit FeeSettings.TokenUpdated(bob, largest, largest);
        vm.prank(owner);
        manager.updateToken(bob, largest, largest);
        (uint256 limit, uint256 ethInToken, uint256 collected) = manager.tokens(bob);
        vm.assertEq(limit, largest);
        vm.assertEq(ethInToken, largest);
        vm.assertEq(collected, 0);
    }

    function test_tokenFiguresBeyond128BitsAreRefused() external {
        vm.startPrank(owner);
        _expectTooLarge(128, 2 ** 128);
        manager.updateToken(bob, 2 ** 128, 1);
        _expectTooLarge(128, 2 ** 128);
        manager.updateToken(bob, 1, 2 ** 128);
        vm.stopPrank();
    }

    function test_chainIsStoredAndAnnounced() external {
        uint256 chainId = type(uint64).max;
        _expectEvent(address(manager));
        emit FeeSettings.ChainUpdated(chainId, type(uint64).max, type(uint128).max, 999_999);
        vm.prank(owner);
        manager.updateChain(chainId, type(uint64).max, type(uint128).max, 999_999);
        (uint256 finality, uint256 cost, uint256 weight) = manager.chains(chainId);
        vm.assertEq(finality, type(uint64).max);
        vm.assertEq(cost, type(uint128).max);
        vm.assertEq(weight, 999_999);
    }

    function test_chainFiguresBeyondTheirBitsAreRefused() external {
        vm.startPrank(owner);
        _expectTooLarge(64, 2 ** 64);
        manager.updateChain(2 ** 64, 1, 1, 1);
        _expectTooLarge(64, 2 ** 64);
        manager.updateChain(1, 2 ** 64, 1, 1);
        _expectTooLarge(128, 2 ** 128);
        manager.updateChain(1, 1, 2 ** 128, 1);
        vm.stopPrank();
    }

    function test_onlyTheOwnerChangesAnything() external {
        vm.startPrank(alice);
        _expectNotOwner(alice);
        manager.updateFees(1, 1, 1);
        _expectNotOwner(alice);
        manager.updateToken(address(token), 1, 1);
        _expectNotOwner(alice);
        manager.updateChain(1, 1, 1, 1);
        _expectNotOwner(alice);
        manager.withdrawProtocolFees(address(token), alice);
        _expectNotOwner(alice);
        manager.addAllowedLp(alice);
        _expectNotOwner(alice);
        manager.removeAllowedLp(lp);
        _expectNotOwner(alice);
        manager.pause();
        _expectNotOwner(alice);
        manager.unpause();
        vm.stopPrank();
    }

    function test_pauseIsVisibleAndCannotBeRepeated() external {
        vm.startPrank(owner);
        manager.pause();
        vm.assertTrue(manager.paused());
        vm.expectRevert(Pausable.EnforcedPause.selector);
        manager.pause();
        manager.unpause();
        vm.assertFalse(manager.paused());
        vm.expectRevert(Pausable.ExpectedPause.selector);
        manager.unpause();
        vm.stopPrank();
    }

    function test_lpsAreAddedAndRemovedWithEvents() external {
        vm.startPrank(owner);
        _expectEvent(address(manager));
        emit LpAllowList.LpAdded(bob);
        manager.addAllowedLp(bob);
        vm.assertTrue(manager.allowedLps(bob));
        _expectEvent(address(manager));
        emit LpAllowList.LpRemoved(bob);
        manager.removeAllowedLp(bob);
        vm.assertFalse(manager.allowedLps(bob));
        vm.stopPrank();
    }

    // Protocol fees.

    function test_protocolFeesOfPaidRequestsAreCollectedAndPaidOutOnce() external {
        for (uint256 i; i < 2; ++i) {
            (, uint96 claimId) = _claimed();
            _terminate(claimId);
            _withdraw(lp, claimId);
        }
        vm.assertEq(_collected(), 2 * AMOUNT / 500);
        vm.startPrank(owner);
        manager.withdrawProtocolFees(address(token), bob);
        vm.assertEq(token.balanceOf(bob), 2 * AMOUNT / 500);
        vm.assertEq(_collected(), 0);
        _refuse(abi.encodeWithSelector(FeeSettings.NoProtocolFees.selector, address(token)));
        manager.withdrawProtocolFees(address(token), bob);
        vm.stopPrank();
    }

    function test_settingsOfATokenLeaveItsCollectedFeesAlone() external {
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        _withdraw(lp, claimId);
        vm.prank(owner);
        manager.updateToken(address(token), 1, 2);
        vm.assertEq(_collected(), AMOUNT / 500);
    }

    function test_requestWithoutProtocolFeeCollectsNothing() external {
        vm.prank(owner);
        manager.updateFees(0, 1000, 0);
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        _withdraw(lp, claimId);
        vm.assertEq(_collected(), 0);
    }

    // Formulas.

    function test_minimumLpFeeWeighsTheCostsOfBothChains() external {
        vm.startPrank(owner);
        manager.updateFees(300_000, 0, 0);
        manager.updateChain(block.chainid, 1, 3e15, 250_000);
        manager.updateChain(TARGET_CHAIN, 1, 5e14, 800_000);
        manager.updateToken(address(token), LIMIT, 2000e18);
        vm.stopPrank();
        // (75 % of 0.003 + 80 % of 0.0005) ether, 30 % more, at 2000 tokens for one ether
        vm.assertEq(manager.minLpFee(TARGET_CHAIN, address(token)), 6.89e18);
    }

    function testFuzz_feesFollowTheFormulas(uint64 amount, uint32 rates, uint64 costs, uint96 price) external {
        uint32 lpRate = rates % 1_000_000;
        uint32 protocolRate = (rates >> 8) % 1_000_000;
        vm.startPrank(owner);
        manager.updateFees(rates, lpRate, protocolRate);
        manager.updateChain(block.chainid, 1, costs, lpRate);
        manager.updateChain(TARGET_CHAIN, 1, costs / 3, protocolRate);
        manager.updateToken(address(token), LIMIT, price);
        vm.stopPrank();
        uint256 cost = (1e6 - uint256(lpRate)) * costs + uint256(protocolRate) * (costs / 3);
        uint256 minimum = cost * (uint256(rates) + 1e6) * price / 1e30;
        vm.assertEq(manager.minLpFee(TARGET_CHAIN, address(token)), minimum);
        _expectFees(amount, uint256(amount) * lpRate / 1e6, minimum, uint256(amount) * protocolRate / 1e6);
    }

    function test_minimumLpFeeIsExactWhereAPlainProductWouldOverflow() external {
        vm.startPrank(owner);
        manager.updateFees(0, 0, 0);
        manager.updateChain(block.chainid, 1, 2 ** 128 - 1, 0);
        manager.updateChain(TARGET_CHAIN, 1, 0, 0);
        manager.updateToken(address(token), LIMIT, 2 ** 128 - 1);
        vm.stopPrank();
        vm.assertEq(
            manager.minLpFee(TARGET_CHAIN, address(token)),
            // (2**128 - 1)**2 / 1e18
            115792089237316195423570985008687907852589419931798687112530
        );
    }

    function test_transferableAmountByTheShare() external view {
        uint256 total = AMOUNT + manager.totalFee(TARGET_CHAIN, address(token), AMOUNT);
        vm.assertEq(manager.transferableAmount(TARGET_CHAIN, address(token), total), AMOUNT);
    }

    function test_transferableAmountByTheMinimumFee() external view {
        uint256 minimum = manager.minLpFee(TARGET_CHAIN, address(token));
        uint256 total = 1e18 + minimum + 1e18 / uint256(500);
        vm.assertEq(manager.transferableAmount(TARGET_CHAIN, address(token), total), 1e18);
    }

    function test_transferableAmountIsRefusedUpToTheMinimumFee() external {
        uint256 minimum = manager.minLpFee(TARGET_CHAIN, address(token));
        _refuse(abi.encodeWithSelector(FeeSettings.TotalTooSmall.selector, minimum, minimum));
        manager.transferableAmount(TARGET_CHAIN, address(token), minimum);
    }

    function testFuzz_transferableAmountIsAffordable(uint128 total) external view {
        vm.assume(total > manager.minLpFee(TARGET_CHAIN, address(token)));
        uint256 amount = manager.transferableAmount(TARGET_CHAIN, address(token), total);
        vm.assertTrue(amount + manager.totalFee(TARGET_CHAIN, address(token), amount) <= total);
    }

    // Refusals when money moves.

    function test_termsOfMoreThan64BitsOfSecondsAreRefused() external {
        RequestManager endless = new RequestManager(STAKE, 1, 2 ** 64, 1);
        endless.updateToken(address(token), LIMIT, 0);
        endless.updateChain(TARGET_CHAIN, 1, 0, 0);
        endless.addAllowedLp(lp);
        vm.startPrank(user);
        token.approve(address(endless), AMOUNT);
        bytes32 id = endless.createRequest(TARGET_CHAIN, address(token), targetToken, receiver, AMOUNT, VALIDITY);
        vm.stopPrank();
        _expectTooLarge(64, START + 2 ** 64);
        vm.prank(lp);
        endless.claimRequest{value: STAKE}(id, FILL_ID);
    }

    function _expectFees(uint256 amount, uint256 share, uint256 minimum, uint256 protocolFee) private view {
        uint256 lpFee = share > minimum ? share : minimum;
        vm.assertEq(manager.lpFee(TARGET_CHAIN, address(token), amount), lpFee);
        vm.assertEq(manager.protocolFee(amount), protocolFee);
        vm.assertEq(manager.totalFee(TARGET_CHAIN, address(token), amount), lpFee + protocolFee);
    }
}
