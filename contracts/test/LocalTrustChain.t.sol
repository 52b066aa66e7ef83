// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FillManager} from "../src/FillManager.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {RequestManager} from "../src/RequestManager.sol";
import {Resolver} from "../src/Resolver.sol";
import {RestrictedCalls} from "../src/RestrictedCalls.sol";
import {LocalL1Messenger} from "../src/messengers/LocalL1Messenger.sol";
import {LocalL2Messenger} from "../src/messengers/LocalL2Messenger.sol";
import {LocalMessenger} from "../src/messengers/LocalMessenger.sol";
import {MintableToken} from "../src/tokens/MintableToken.sol";
import {MerkleTree} from "./support/MerkleTree.sol";
import {TestBase} from "./support/TestBase.sol";
import {Vm} from "./support/Vm.sol";

/// @notice Two rollups and their base chain in one EVM: `vm.chainId` says on which of them a call happens.
/// @dev Up go root, proof and execution, down goes the relayer's delivery of exactly what MessageSent shows; nobody is
/// impersonated but accounts that sign. `LocalWayUp.t.sol` and `LocalWayDown.t.sol` have the rules of each leg.
contract LocalTrustChainTest is TestBase {
    struct Message {
        uint256 nonce;
        address sender;
        address target;
        bytes data;
    }

    uint256 private constant L1 = 1;
    uint256 private constant SOURCE = 901;
    uint256 private constant TARGET = 902;
    uint96 private constant STAKE = 1 ether;
    uint256 private constant AMOUNT = 1000e18;
    uint256 private constant MATURITY = 7 days;
    bytes32 private constant FALSE_ID = keccak256("no such block");

    RequestManager private requestManager;
    FillManager private fillManager;
    Resolver private resolver;
    LocalL2Messenger private sourceL2;
    LocalL2Messenger private targetL2;
    LocalL1Messenger private sourceL1;
    LocalL1Messenger private targetL1;
    MintableToken private token;

    address private user = _actor("user");
    address private lp = _actor("lp");
    address private thief = _actor("thief");
    address private relayer = _actor("relayer");

    function setUp() external {
        vm.roll(1000);
        vm.warp(START);
        token = new MintableToken("Token", "TOK", 18);
        token.mint(user, 10 * AMOUNT);
        token.mint(lp, 10 * AMOUNT);
        vm.deal(lp, 100 ether);
        vm.deal(thief, 100 ether);
        _deployL1();
        _deployTarget();
        _deploySource();
        vm.chainId(L1);
        resolver.addCaller(TARGET, address(fillManager), address(targetL1));
        resolver.addRequestManager(SOURCE, address(requestManager), address(sourceL1));
        sourceL1.addCaller(address(resolver));
    }

    function test_fillIsProvenFromTheTargetChainByWayOfL1ToTheSourceChain() external {
        bytes32 requestId = _create();
        Message memory proof = _fill();
        bytes32 fillId = fillManager.fills(requestId);
        Message memory verdict = _carryToL1(proof);
        vm.assertEq(verdict.sender, address(resolver));
        vm.assertEq(verdict.target, address(requestManager));
        vm.chainId(SOURCE);
        _expectEvent(address(requestManager));
        emit IRequestManagerEvents.RequestResolved(requestId, lp, fillId);
        _deliver(sourceL2, verdict);
    }

    function test_resolvedClaimIsWithdrawnAtOnce() external {
        bytes32 requestId = _create();
        Message memory proof = _fill();
        uint96 claimId = _claim(lp, requestId, fillManager.fills(requestId));
        Message memory verdict = _carryToL1(proof);
        vm.chainId(SOURCE);
        _deliver(sourceL2, verdict);
        vm.prank(lp);
        requestManager.withdraw(claimId);
        vm.assertTrue(requestManager.isWithdrawn(requestId));
    }

    function test_falseClaimIsInvalidatedAlongTheSameWay() external {
        bytes32 requestId = _create();
        uint96 claimId = _claim(thief, requestId, FALSE_ID);
        Message memory verdict = _carryToL1(_invalidate());
        vm.chainId(SOURCE);
        _expectEvent(address(requestManager));
        emit IRequestManagerEvents.FillInvalidatedResolved(requestId, FALSE_ID);
        _deliver(sourceL2, verdict);
        uint256 before = address(this).balance;
        vm.prank(lp);
        vm.assertEq(requestManager.withdraw(claimId), address(this));
        vm.assertEq(address(this).balance, before + STAKE);
    }

    function test_sentMessageIsStoredAsItsHash() external {
        _create();
        vm.assertEq(targetL2.messageCount(), 0);
        Message memory proof = _fill();
        vm.assertEq(proof.nonce, 0);
        vm.assertEq(proof.sender, address(fillManager));
        vm.assertEq(proof.target, address(resolver));
        vm.assertEq(targetL2.messageCount(), 1);
        vm.assertEq(
            targetL2.messageHashes(0), keccak256(abi.encode(uint256(0), proof.sender, proof.target, proof.data))
        );
        // The other end computes the same from what it is given.
        vm.assertEq(
            targetL1.hashMessage(proof.nonce, proof.sender, proof.target, proof.data), targetL2.messageHashes(0)
        );
    }

    function test_proofThatTheResolverRefusesCanBeExecutedLater() external {
        _create();
        Message memory proof = _fill();
        vm.chainId(L1);
        resolver.addRequestManager(SOURCE, address(requestManager), address(0));
        _prove(targetL1, proof);
        vm.expectRevert(abi.encodeWithSelector(Resolver.SourceChainNotSupported.selector, SOURCE));
        _execute(targetL1, proof);
        vm.assertFalse(targetL1.delivered(proof.nonce));
        resolver.addRequestManager(SOURCE, address(requestManager), address(sourceL1));
        _execute(targetL1, proof);
        vm.assertTrue(targetL1.delivered(proof.nonce));
    }

    function test_secondInvalidationIsSentButRefusedAtTheSource() external {
        _create();
        Message memory first = _carryToL1(_invalidate());
        Message memory second = _carryToL1(_invalidate());
        vm.assertTrue(first.nonce != second.nonce);
        vm.chainId(SOURCE);
        _deliver(sourceL2, first);
        vm.expectRevert();
        _deliver(sourceL2, second);
        vm.assertFalse(sourceL2.delivered(second.nonce));
    }

    function test_messageOfAnyoneElseIsNotTrustedByTheResolver() external {
        vm.chainId(L1);
        Message memory forged = Message(
            0,
            thief,
            address(resolver),
            abi.encodeCall(Resolver.resolve, (bytes32("request"), FALSE_ID, TARGET, SOURCE, thief))
        );
        _prove(targetL1, forged);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, TARGET, address(targetL1)));
        _execute(targetL1, forged);
    }

    function test_messageFromAnotherRollupIsNotTrustedByTheResolver() external {
        vm.chainId(L1);
        Message memory stray = Message(
            0,
            address(fillManager),
            address(resolver),
            abi.encodeCall(Resolver.resolve, (bytes32("request"), FALSE_ID, TARGET, SOURCE, thief))
        );
        _prove(sourceL1, stray);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, TARGET, address(sourceL1)));
        _execute(sourceL1, stray);
    }

    function test_nobodyIsVouchedForOutsideADelivery() external {
        _create();
        _carryToL1(_fill());
        vm.assertFalse(targetL1.callAllowed(address(fillManager), address(targetL1)));
        vm.assertFalse(targetL1.callAllowed(address(0), address(targetL1)));
        vm.assertFalse(targetL1.callAllowed(address(fillManager), thief));
    }

    function test_onlyTheAllowedSenderSends() external {
        vm.chainId(TARGET);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, TARGET, thief));
        vm.prank(thief);
        targetL2.sendMessage(address(resolver), "");
    }

    /// @dev The stake of a false claim goes to the owner, which is this contract.
    receive() external payable {}

    function _deployL1() private {
        vm.chainId(L1);
        resolver = new Resolver();
        sourceL1 = new LocalL1Messenger(relayer, MATURITY);
        targetL1 = new LocalL1Messenger(relayer, MATURITY);
    }

    function _deployTarget() private {
        vm.chainId(TARGET);
        targetL2 = new LocalL2Messenger(relayer);
        fillManager = new FillManager(targetL2);
        fillManager.setResolver(address(resolver));
        fillManager.addAllowedLp(lp);
        targetL2.addCaller(address(fillManager));
        vm.prank(lp);
        token.approve(address(fillManager), type(uint256).max);
    }

    function _deploySource() private {
        vm.chainId(SOURCE);
        sourceL2 = new LocalL2Messenger(relayer);
        requestManager = new RequestManager(STAKE, 1 days, 1 hours, 30 minutes);
        requestManager.addCaller(L1, address(resolver), address(sourceL2));
        requestManager.updateChain(TARGET, 1 hours, 0, 0);
        requestManager.updateToken(address(token), AMOUNT, 0);
        requestManager.addAllowedLp(lp);
        requestManager.addAllowedLp(thief);
        vm.prank(user);
        token.approve(address(requestManager), type(uint256).max);
    }

    function _create() private returns (bytes32) {
        vm.chainId(SOURCE);
        vm.prank(user);
        return requestManager.createRequest(TARGET, address(token), address(token), user, AMOUNT, 1 hours);
    }

    function _claim(address claimer, bytes32 requestId, bytes32 fillId) private returns (uint96) {
        vm.chainId(SOURCE);
        vm.prank(claimer);
        return requestManager.claimRequest{value: STAKE}(requestId, fillId);
    }

    function _fill() private returns (Message memory) {
        vm.chainId(TARGET);
        vm.recordLogs();
        vm.prank(lp);
        fillManager.fillRequest(SOURCE, address(token), user, AMOUNT, 1);
        return _sentMessage();
    }

    function _invalidate() private returns (Message memory) {
        vm.chainId(TARGET);
        vm.recordLogs();
        fillManager.invalidateFill(SOURCE, address(token), user, AMOUNT, 1, FALSE_ID);
        return _sentMessage();
    }

    /// @dev What the resolver sends on when a proof is executed.
    function _carryToL1(Message memory proof) private returns (Message memory) {
        vm.chainId(L1);
        _prove(targetL1, proof);
        vm.recordLogs();
        _execute(targetL1, proof);
        return _sentMessage();
    }

    /// @dev Under a root of its own, and until the proof has matured.
    function _prove(LocalL1Messenger messenger, Message memory message) private {
        bytes32[] memory leaves = new bytes32[](message.nonce + 1);
        for (uint256 nonce; nonce < message.nonce; ++nonce) {
            leaves[nonce] = targetL2.messageHashes(nonce);
        }
        leaves[message.nonce] = messenger.hashMessage(message.nonce, message.sender, message.target, message.data);
        vm.prank(relayer);
        messenger.postRoot(MerkleTree.root(leaves), leaves.length);
        bytes32[] memory proof = MerkleTree.proof(leaves, message.nonce);
        uint256 rootIndex = messenger.rootCount() - 1;
        messenger.proveMessage(message.nonce, message.sender, message.target, message.data, rootIndex, proof);
        _skip(MATURITY);
    }

    function _execute(LocalL1Messenger messenger, Message memory message) private {
        messenger.executeMessage(message.nonce, message.sender, message.target, message.data);
    }

    function _deliver(LocalL2Messenger messenger, Message memory message) private {
        vm.prank(relayer);
        messenger.deliverMessage(message.nonce, message.sender, message.target, message.data);
    }

    function _sentMessage() private returns (Message memory) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i; i < logs.length; ++i) {
            bytes32[] memory topics = logs[i].topics;
            if (topics[0] != LocalMessenger.MessageSent.selector) continue;
            return Message(
                uint256(topics[1]),
                address(uint160(uint256(topics[2]))),
                address(uint160(uint256(topics[3]))),
                abi.decode(logs[i].data, (bytes))
            );
        }
        revert("no message was sent");
    }
}
