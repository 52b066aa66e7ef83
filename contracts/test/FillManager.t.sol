// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FillManager} from "../src/FillManager.sol";
import {LpAllowList} from "../src/LpAllowList.sol";
import {Resolver} from "../src/Resolver.sol";
import {IMessenger} from "../src/messengers/IMessenger.sol";
import {MintableToken} from "../src/tokens/MintableToken.sol";
import {NonReturningToken} from "../src/tokens/NonReturningToken.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Remembers the latest message.
contract RecordingMessenger is IMessenger {
    address public target;
    bytes public message;
    uint256 public count;

    function sendMessage(address target_, bytes calldata message_) external {
        target = target_;
        message = message_;
        ++count;
    }

    function callAllowed(address, address) external pure returns (bool) {
        return false;
    }
}

contract FillManagerTest is TestBase {
    uint256 private constant SOURCE = 42;
    uint256 private constant AMOUNT = 500e6;
    uint96 private constant NONCE = 7;

    FillManager private manager;
    RecordingMessenger private messenger;
    MintableToken private token;
    address private resolver = _actor("resolver");
    address private lp = _actor("lp");
    address private receiver = _actor("receiver");

    function setUp() external {
        vm.roll(1000);
        messenger = new RecordingMessenger();
        manager = new FillManager(messenger);
        manager.setResolver(resolver);
        manager.addAllowedLp(lp);
        token = new MintableToken("Token", "TOK", 6);
        token.mint(lp, 10 * AMOUNT);
        vm.prank(lp);
        token.approve(address(manager), type(uint256).max);
    }

    function test_fillMovesTheAmountAndStoresTheHashOfThePreviousBlock() external {
        bytes32 fillId = _fill();
        vm.assertEq(fillId, blockhash(vm.getBlockNumber() - 1));
        vm.assertEq(manager.fills(_requestId()), fillId);
        vm.assertEq(token.balanceOf(receiver), AMOUNT);
        vm.assertEq(token.balanceOf(lp), 9 * AMOUNT);
        vm.assertEq(token.balanceOf(address(manager)), 0);
    }

    function test_fillIsAnnounced() external {
        _expectEvent(address(manager));
        emit FillManager.RequestFilled(_requestId(), blockhash(999), SOURCE, address(token), lp, AMOUNT);
        _fill();
    }

    function test_fillSendsItsProofToTheResolver() external {
        bytes32 fillId = _fill();
        vm.assertEq(messenger.target(), resolver);
        vm.assertEq(
            keccak256(messenger.message()),
            keccak256(abi.encodeCall(Resolver.resolve, (_requestId(), fillId, block.chainid, SOURCE, lp)))
        );
    }

    function test_fillWorksWithATokenThatReturnsNothing() external {
        NonReturningToken usdt = new NonReturningToken("Tether", "USDT", 6);
        usdt.mint(lp, AMOUNT);
        vm.startPrank(lp);
        usdt.approve(address(manager), AMOUNT);
        manager.fillRequest(SOURCE, address(usdt), receiver, AMOUNT, NONCE);
        vm.stopPrank();
        vm.assertEq(usdt.balanceOf(receiver), AMOUNT);
    }

    function test_secondFillOfARequestIsRefused() external {
        _fill();
        vm.roll(1001);
        vm.expectRevert(abi.encodeWithSelector(FillManager.AlreadyFilled.selector, _requestId()));
        _fill();
    }

    function test_fillByAnyoneElseIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(LpAllowList.LpNotAllowed.selector, receiver));
        vm.prank(receiver);
        manager.fillRequest(SOURCE, address(token), receiver, AMOUNT, NONCE);
    }

    function test_fillByARemovedLpIsRefused() external {
        manager.removeAllowedLp(lp);
        vm.expectRevert(abi.encodeWithSelector(LpAllowList.LpNotAllowed.selector, lp));
        _fill();
    }

    function test_fillWithoutFundsLeavesNoTrace() external {
        vm.prank(lp);
        token.approve(address(manager), AMOUNT - 1);
        vm.expectRevert();
        _fill();
        vm.assertEq(manager.fills(_requestId()), 0);
        vm.assertEq(messenger.count(), 0);
    }

    function test_fillOnAChainWithoutBlockHashesIsRefused() external {
        vm.setBlockhash(999, 0);
        vm.expectRevert(FillManager.NoFillId.selector);
        _fill();
    }

    function test_invalidationSendsAProofWithoutFiller() external {
        bytes32 falseId = keccak256("no such block");
        _expectEvent(address(manager));
        emit FillManager.FillInvalidated(_requestId(), falseId);
        _invalidate(falseId);
        vm.assertEq(messenger.target(), resolver);
        vm.assertEq(
            keccak256(messenger.message()),
            keccak256(abi.encodeCall(Resolver.resolve, (_requestId(), falseId, block.chainid, SOURCE, address(0))))
        );
    }

    function test_anyOtherIdOfAFilledRequestCanBeInvalidated() external {
        _fill();
        vm.roll(1001);
        _invalidate(keccak256("no such block"));
        _invalidate(0);
        vm.assertEq(messenger.count(), 3);
    }

    function test_invalidationMayRepeat() external {
        _invalidate(keccak256("no such block"));
        _invalidate(keccak256("no such block"));
        vm.assertEq(messenger.count(), 2);
    }

    function test_invalidationOfTheRealFillIsRefused() external {
        bytes32 fillId = _fill();
        vm.roll(1001);
        vm.expectRevert(abi.encodeWithSelector(FillManager.FillExists.selector, _requestId(), fillId));
        _invalidate(fillId);
    }

    function test_invalidationOfTheZeroIdIsRefusedWhileThereIsNoFill() external {
        vm.expectRevert(abi.encodeWithSelector(FillManager.FillExists.selector, _requestId(), bytes32(0)));
        _invalidate(0);
    }

    function test_invalidationOfTheCurrentBlocksIdIsRefused() external {
        bytes32 fillId = blockhash(999);
        vm.expectRevert(abi.encodeWithSelector(FillManager.FillStillPossible.selector, fillId));
        _invalidate(fillId);
        vm.roll(1001);
        _invalidate(fillId);
    }

    function test_fillAndInvalidationAreRefusedBeforeTheResolverIsSet() external {
        FillManager fresh = new FillManager(messenger);
        fresh.addAllowedLp(lp);
        vm.startPrank(lp);
        token.approve(address(fresh), AMOUNT);
        vm.expectRevert(FillManager.ResolverNotSet.selector);
        fresh.fillRequest(SOURCE, address(token), receiver, AMOUNT, NONCE);
        vm.expectRevert(FillManager.ResolverNotSet.selector);
        fresh.invalidateFill(SOURCE, address(token), receiver, AMOUNT, NONCE, keccak256("no such block"));
        vm.stopPrank();
        vm.assertEq(fresh.fills(_requestId()), 0);
    }

    function test_resolverIsSetOnceAndNotToZero() external {
        FillManager fresh = new FillManager(messenger);
        vm.assertEq(address(fresh.messenger()), address(messenger));
        vm.assertEq(fresh.l1Resolver(), address(0));
        vm.expectRevert(FillManager.ZeroResolver.selector);
        fresh.setResolver(address(0));
        fresh.setResolver(resolver);
        vm.assertEq(fresh.l1Resolver(), resolver);
        vm.expectRevert(FillManager.ResolverAlreadySet.selector);
        fresh.setResolver(lp);
    }

    function test_onlyTheOwnerSetsResolverAndLps() external {
        vm.startPrank(lp);
        _expectNotOwner(lp);
        manager.setResolver(lp);
        _expectNotOwner(lp);
        manager.addAllowedLp(lp);
        _expectNotOwner(lp);
        manager.removeAllowedLp(lp);
        vm.stopPrank();
    }

    function _fill() private returns (bytes32) {
        vm.prank(lp);
        return manager.fillRequest(SOURCE, address(token), receiver, AMOUNT, NONCE);
    }

    function _invalidate(bytes32 fillId) private {
        vm.prank(receiver);
        manager.invalidateFill(SOURCE, address(token), receiver, AMOUNT, NONCE, fillId);
    }

    function _requestId() private view returns (bytes32) {
        return keccak256(abi.encodePacked(SOURCE, block.chainid, address(token), receiver, AMOUNT, NONCE));
    }
}
