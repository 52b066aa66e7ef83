// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Bytes32SymbolToken} from "../src/tokens/Bytes32SymbolToken.sol";
import {MintableToken} from "../src/tokens/MintableToken.sol";
import {NonReturningToken} from "../src/tokens/NonReturningToken.sol";
import {TestBase} from "./support/TestBase.sol";

contract TokensTest is TestBase {
    address private alice = _actor("alice");
    address private bob = _actor("bob");

    function test_mintableTokenTakesAnyNameSymbolAndDecimals() external {
        MintableToken token = new MintableToken("", unicode"\u202eCDSU\n", 0);
        token.mint(alice, 5);
        vm.assertEq(token.symbol(), unicode"\u202eCDSU\n");
        vm.assertEq(token.decimals(), 0);
        vm.assertEq(token.balanceOf(alice), 5);
    }

    function test_bytes32SymbolIsReturnedRaw() external {
        Bytes32SymbolToken token = new Bytes32SymbolToken("MKR");
        token.mint(alice, 5);
        (bool ok, bytes memory symbol) = address(token).staticcall(abi.encodeCall(token.symbol, ()));
        vm.assertTrue(ok);
        vm.assertEq(symbol.length, 32);
        vm.assertEq(abi.decode(symbol, (bytes32)), bytes32("MKR"));
        (, bytes memory name) = address(token).staticcall(abi.encodeCall(token.name, ()));
        vm.assertEq(abi.decode(name, (bytes32)), bytes32("MKR"));
        vm.assertEq(token.balanceOf(alice), 5);
    }

    function test_nonReturningTokenAnswersWithNothing() external {
        NonReturningToken token = _tetherOfAlice();
        vm.prank(alice);
        (bool ok, bytes memory answer) = address(token).call(abi.encodeCall(token.transfer, (bob, 1)));
        vm.assertTrue(ok);
        vm.assertEq(answer.length, 0);
        vm.assertEq(token.balanceOf(bob), 1);
        vm.assertEq(token.decimals(), 6);
        vm.assertEq(token.symbol(), "USDT");
        vm.assertEq(token.name(), "Tether");
        vm.assertEq(token.totalSupply(), 10);
    }

    function test_nonReturningTokenWantsItsAllowanceClearedFirst() external {
        NonReturningToken token = _tetherOfAlice();
        vm.startPrank(alice);
        token.approve(bob, 5);
        vm.expectRevert(NonReturningToken.AllowanceNotZero.selector);
        token.approve(bob, 6);
        token.approve(bob, 0);
        token.approve(bob, 6);
        vm.stopPrank();
        vm.assertEq(token.allowance(alice, bob), 6);
    }

    function test_nonReturningTokenKeepsToBalancesAndAllowances() external {
        NonReturningToken token = _tetherOfAlice();
        vm.prank(alice);
        token.approve(bob, 20);
        vm.startPrank(bob);
        vm.expectRevert(NonReturningToken.InsufficientAllowance.selector);
        token.transferFrom(alice, bob, 21);
        vm.expectRevert(NonReturningToken.InsufficientBalance.selector);
        token.transferFrom(alice, bob, 11);
        token.transferFrom(alice, bob, 10);
        vm.stopPrank();
        vm.assertEq(token.allowance(alice, bob), 10);
        vm.assertEq(token.balanceOf(bob), 10);
    }

    function test_nonReturningTokenNeverUsesUpAnUnlimitedAllowance() external {
        NonReturningToken token = _tetherOfAlice();
        vm.prank(alice);
        token.approve(bob, type(uint256).max);
        vm.prank(bob);
        token.transferFrom(alice, bob, 10);
        vm.assertEq(token.allowance(alice, bob), type(uint256).max);
    }

    function _tetherOfAlice() private returns (NonReturningToken token) {
        token = new NonReturningToken("Tether", "USDT", 6);
        token.mint(alice, 10);
    }
}
