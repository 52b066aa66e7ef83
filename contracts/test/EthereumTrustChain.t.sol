// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FillManager} from "../src/FillManager.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {RequestManager} from "../src/RequestManager.sol";
import {Resolver} from "../src/Resolver.sol";
import {RestrictedCalls} from "../src/RestrictedCalls.sol";
import {EthereumL1Messenger} from "../src/messengers/EthereumL1Messenger.sol";
import {EthereumL2Messenger} from "../src/messengers/EthereumL2Messenger.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

/// @notice Source chain, target chain and L1 are one chain.
contract EthereumTrustChainTest is ManagerWorld {
    FillManager private fillManager;
    Resolver private resolver;
    EthereumL1Messenger private l1Messenger;
    EthereumL2Messenger private l2Messenger;
    RequestManager private requestManager;
    bytes32 private requestId;

    function setUp() public override {
        super.setUp();
        resolver = new Resolver();
        l1Messenger = new EthereumL1Messenger();
        l2Messenger = new EthereumL2Messenger(address(resolver));
        fillManager = new FillManager(l2Messenger);
        requestManager = new RequestManager(STAKE, CLAIM_EXTENSION, CLAIM_PERIOD, CHALLENGE_EXTENSION);
        l2Messenger.addCaller(address(fillManager));
        resolver.addCaller(address(l2Messenger));
        l1Messenger.addCaller(address(resolver));
        resolver.addRequestManager(block.chainid, address(requestManager), address(l1Messenger));
        requestManager.addCaller(address(l1Messenger));
        fillManager.setResolver(address(resolver));
        fillManager.addAllowedLp(lp);
        token.mint(lp, AMOUNT);
        vm.prank(lp);
        token.approve(address(fillManager), AMOUNT);
        requestId =
            keccak256(abi.encodePacked(block.chainid, block.chainid, address(token), receiver, AMOUNT, uint96(1)));
    }

    function test_anyoneRelaysTheProofOfAFill() external {
        bytes32 fillId = _fill();
        _expectEvent(address(requestManager));
        emit IRequestManagerEvents.RequestResolved(requestId, lp, fillId);
        vm.prank(bob);
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
    }

    function test_anyoneRelaysTheProofThatThereIsNoFill() external {
        _invalidate();
        _expectEvent(address(requestManager));
        emit IRequestManagerEvents.FillInvalidatedResolved(requestId, OTHER_FILL_ID);
        vm.prank(bob);
        l2Messenger.relayMessage(requestId, OTHER_FILL_ID, block.chainid, address(0));
    }

    function test_messageIsStoredUnderTheHashOfTheResolversCall() external {
        bytes32 fillId = _fill();
        bytes32 messageHash =
            keccak256(abi.encodeCall(Resolver.resolve, (requestId, fillId, block.chainid, block.chainid, lp)));
        _expectStatus(messageHash, EthereumL2Messenger.MessageStatus.Registered);
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
        _expectStatus(messageHash, EthereumL2Messenger.MessageStatus.Relayed);
        vm.assertEq(l2Messenger.l1Resolver(), address(resolver));
    }

    function test_messageIsRelayedOnce() external {
        bytes32 fillId = _fill();
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
        vm.expectPartialRevert(EthereumL2Messenger.MessageNotRelayable.selector);
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
    }

    function test_unknownMessageIsNotRelayed() external {
        bytes32 fillId = _fill();
        vm.expectPartialRevert(EthereumL2Messenger.MessageNotRelayable.selector);
        l2Messenger.relayMessage(requestId, fillId, block.chainid, thief);
    }

    function test_failedRelayCanBeTriedAgain() external {
        bytes32 fillId = _fill();
        resolver.addRequestManager(block.chainid, address(0), address(0));
        vm.expectRevert(abi.encodeWithSelector(Resolver.SourceChainNotSupported.selector, block.chainid));
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
        resolver.addRequestManager(block.chainid, address(requestManager), address(l1Messenger));
        l2Messenger.relayMessage(requestId, fillId, block.chainid, lp);
    }

    function test_secondInvalidationOfOneIdIsRefused() external {
        _invalidate();
        vm.expectPartialRevert(EthereumL2Messenger.MessageAlreadySent.selector);
        _invalidate();
        l2Messenger.relayMessage(requestId, OTHER_FILL_ID, block.chainid, address(0));
        vm.expectPartialRevert(EthereumL2Messenger.MessageAlreadySent.selector);
        _invalidate();
    }

    function test_onlyTheFillManagerRegistersMessages() external {
        _refuse(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, thief));
        vm.prank(thief);
        l2Messenger.sendMessage(address(resolver), "");
    }

    function test_onlyTheResolverSendsThroughTheL1Messenger() external {
        _refuse(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, thief));
        vm.prank(thief);
        l1Messenger.sendMessage(address(requestManager), "");
    }

    function test_neitherMessengerVouchesForAnyone() external {
        vm.expectRevert(EthereumL1Messenger.SameChain.selector);
        l1Messenger.callAllowed(address(resolver), address(l1Messenger));
        vm.expectRevert(EthereumL2Messenger.SameChain.selector);
        l2Messenger.callAllowed(address(fillManager), address(l2Messenger));
    }

    function _fill() private returns (bytes32) {
        vm.prank(lp);
        return fillManager.fillRequest(block.chainid, address(token), receiver, AMOUNT, 1);
    }

    function _invalidate() private {
        fillManager.invalidateFill(block.chainid, address(token), receiver, AMOUNT, 1, OTHER_FILL_ID);
    }

    function _expectStatus(bytes32 messageHash, EthereumL2Messenger.MessageStatus status) private view {
        vm.assertEq(uint256(l2Messenger.messageHashes(messageHash)), uint256(status));
    }
}
