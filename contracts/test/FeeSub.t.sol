// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FeeSub} from "../src/FeeSub.sol";
import {NonReturningToken} from "../src/tokens/NonReturningToken.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

contract FeeSubTest is ManagerWorld {
    uint256 private constant MINIMUM = 100e18;
    uint256 private constant FUNDS = 50e18;

    FeeSub private sub;

    function setUp() public override {
        super.setUp();
        vm.startPrank(owner);
        sub = new FeeSub(manager);
        sub.setMinimumAmount(address(token), MINIMUM);
        vm.stopPrank();
        token.mint(address(sub), FUNDS);
        vm.prank(user);
        token.approve(address(sub), type(uint256).max);
    }

    function test_userPaysTheAmountAndTheSponsorTheFees() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        vm.assertEq(token.balanceOf(user), WEALTH - AMOUNT);
        vm.assertEq(token.balanceOf(address(sub)), FUNDS - AMOUNT / 1000 - AMOUNT / 500);
        vm.assertEq(sub.senders(requestId), user);
        vm.assertEq(_viewRequest(requestId).sender, address(sub));
        vm.assertEq(_viewRequest(requestId).amount, AMOUNT);
    }

    function test_expiredRequestIsRefundedToItsSenderByAnyone() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        _skip(VALIDITY);
        vm.prank(bob);
        sub.withdrawExpiredRequest(requestId);
        vm.assertEq(token.balanceOf(user), WEALTH);
        vm.assertEq(token.balanceOf(address(sub)), FUNDS);
    }

    function test_refundWorksAfterSomeoneElseTriggeredTheExpiry() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        _skip(VALIDITY);
        manager.withdrawExpiredRequest(requestId);
        sub.withdrawExpiredRequest(requestId);
        vm.assertEq(token.balanceOf(user), WEALTH);
        vm.assertEq(token.balanceOf(address(sub)), FUNDS);
    }

    function test_refundHappensOnce() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        _skip(VALIDITY);
        sub.withdrawExpiredRequest(requestId);
        vm.assertEq(sub.senders(requestId), address(0));
        _refuse(abi.encodeWithSelector(FeeSub.NothingToRefund.selector, requestId));
        sub.withdrawExpiredRequest(requestId);
    }

    function test_requestThatAnLpWasPaidForIsNotRefunded() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        uint96 claimId = _claim(lp, requestId, FILL_ID);
        _terminate(claimId);
        _withdraw(lp, claimId);
        _skip(VALIDITY);
        _refuse(abi.encodeWithSelector(FeeSub.DepositClaimed.selector, requestId));
        sub.withdrawExpiredRequest(requestId);
    }

    function test_requestThatIsNotExpiredIsNotRefunded() external {
        bytes32 requestId = _createSponsored(AMOUNT);
        vm.expectRevert();
        sub.withdrawExpiredRequest(requestId);
        vm.assertEq(sub.senders(requestId), user);
    }

    function test_requestMadeElsewhereIsNotRefunded() external {
        bytes32 requestId = _create();
        _skip(VALIDITY);
        _refuse(abi.encodeWithSelector(FeeSub.NothingToRefund.selector, requestId));
        sub.withdrawExpiredRequest(requestId);
    }

    function test_smallestAmountIsSponsoredAndLessRefused() external {
        _createSponsored(MINIMUM);
        _refuse(abi.encodeWithSelector(FeeSub.AmountTooSmall.selector, MINIMUM - 1, MINIMUM));
        _createSponsored(MINIMUM - 1);
    }

    function test_tokenThatIsSwitchedOffIsRefusedAndItsAllowanceDropped() external {
        vm.assertEq(token.allowance(address(sub), address(manager)), type(uint256).max);
        vm.prank(owner);
        sub.setMinimumAmount(address(token), 0);
        vm.assertEq(token.allowance(address(sub), address(manager)), 0);
        _refuse(abi.encodeWithSelector(FeeSub.TokenNotSubsidized.selector, address(token)));
        _createSponsored(AMOUNT);
    }

    function test_minimumOfATokenThatReturnsNothingCanBeChanged() external {
        NonReturningToken usdt = new NonReturningToken("Tether", "USDT", 6);
        vm.startPrank(owner);
        sub.setMinimumAmount(address(usdt), 5e6);
        sub.setMinimumAmount(address(usdt), 6e6);
        vm.stopPrank();
        vm.assertEq(sub.minimumAmounts(address(usdt)), 6e6);
        vm.assertEq(usdt.allowance(address(sub), address(manager)), type(uint256).max);
    }

    function test_sponsorWithoutFundsRefuses() external {
        _createSponsored(LIMIT);
        vm.assertTrue(sub.tokenAmountCanBeSubsidized(TARGET_CHAIN, address(token), AMOUNT));
        vm.assertFalse(sub.tokenAmountCanBeSubsidized(TARGET_CHAIN, address(token), LIMIT));
        vm.expectRevert();
        _createSponsored(LIMIT);
    }

    function test_whetherARequestWouldBeSponsored() external view {
        vm.assertTrue(sub.tokenAmountCanBeSubsidized(TARGET_CHAIN, address(token), MINIMUM));
        vm.assertFalse(sub.tokenAmountCanBeSubsidized(TARGET_CHAIN, address(token), MINIMUM - 1));
        vm.assertFalse(sub.tokenAmountCanBeSubsidized(TARGET_CHAIN, targetToken, MINIMUM));
    }

    function test_onlyTheOwnerSetsMinimums() external {
        vm.assertEq(address(sub.requestManager()), address(manager));
        _expectNotOwner(user);
        vm.prank(user);
        sub.setMinimumAmount(address(token), 1);
    }

    function _createSponsored(uint256 amount) private returns (bytes32) {
        vm.prank(user);
        return sub.createRequest(TARGET_CHAIN, address(token), targetToken, receiver, amount, VALIDITY);
    }
}
