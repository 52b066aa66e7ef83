// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LocalL1Messenger} from "../src/messengers/LocalL1Messenger.sol";
import {LocalL2Messenger} from "../src/messengers/LocalL2Messenger.sol";
import {LocalMessenger} from "../src/messengers/LocalMessenger.sol";
import {Mailbox} from "./support/Mailbox.sol";
import {MerkleTree} from "./support/MerkleTree.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice From an L2 up to L1: root, proof, maturity, execution. This contract is the sender on the L2.
contract LocalWayUpTest is TestBase {
    uint256 private constant MATURITY = 7 days;

    LocalL2Messenger private l2;
    LocalL1Messenger private l1;
    Mailbox private mailbox;

    address private relayer = _actor("relayer");
    address private stranger = _actor("stranger");

    function setUp() external {
        vm.warp(START);
        l2 = new LocalL2Messenger(relayer);
        l2.addCaller(address(this));
        l1 = new LocalL1Messenger(relayer, MATURITY);
        mailbox = new Mailbox(address(this));
    }

    function test_treeOfOneLeafIsTheLeafAndItsProofIsEmpty() external {
        _send(1);
        vm.assertEq(MerkleTree.root(_leaves()), l2.messageHashes(0));
        vm.assertEq(MerkleTree.proof(_leaves(), 0).length, 0);
    }

    function test_oddLeafMovesUpUnchanged() external {
        _send(3);
        bytes32[] memory leaves = _leaves();
        bytes32 pair = MerkleTree.node(leaves[0], leaves[1]);
        vm.assertEq(MerkleTree.root(leaves), MerkleTree.node(pair, leaves[2]));
        vm.assertEq(MerkleTree.proof(leaves, 2).length, 1);
        vm.assertEq(MerkleTree.proof(leaves, 2)[0], pair);
    }

    function test_oddNodeMovesUpOverSeveralLevels() external {
        _send(5);
        bytes32[] memory leaves = _leaves();
        bytes32 four = MerkleTree.node(MerkleTree.node(leaves[0], leaves[1]), MerkleTree.node(leaves[2], leaves[3]));
        vm.assertEq(MerkleTree.root(leaves), MerkleTree.node(four, leaves[4]));
        vm.assertEq(MerkleTree.proof(leaves, 4).length, 1);
    }

    function test_orderOfSiblingsDoesNotMatter() external pure {
        bytes32 left = bytes32(uint256(1));
        bytes32 right = bytes32(uint256(2));
        vm.assertEq(MerkleTree.node(left, right), MerkleTree.node(right, left));
    }

    function test_everyMessageIsProvenWhateverTheNumberOfLeaves(uint8 seed) external {
        uint256 count = 1 + seed % 20;
        _send(count);
        _postRoot();
        for (uint256 nonce; nonce < count; ++nonce) {
            _prove(nonce);
            vm.assertEq(l1.provenAt(l2.messageHashes(nonce)), START);
        }
    }

    function test_relayerPostsRoots() external {
        _send(2);
        bytes32 root = MerkleTree.root(_leaves());
        _expectEvent(address(l1));
        emit LocalL1Messenger.RootPosted(0, root, 2);
        _postRoot();
        vm.assertEq(l1.rootCount(), 1);
        (bytes32 posted, uint256 count) = l1.roots(0);
        vm.assertEq(posted, root);
        vm.assertEq(count, 2);
    }

    function test_nobodyElsePostsRoots() external {
        vm.expectRevert(abi.encodeWithSelector(LocalMessenger.NotRelayer.selector, stranger));
        vm.prank(stranger);
        l1.postRoot(bytes32("root"), 1);
    }

    function test_anyoneProvesAMessage() external {
        _send(1);
        _postRoot();
        bytes32 messageHash = l2.messageHashes(0);
        vm.assertEq(l1.provenAt(messageHash), 0);
        _expectEvent(address(l1));
        emit LocalL1Messenger.MessageProven(0, messageHash);
        vm.prank(stranger);
        l1.proveMessage(0, address(this), address(mailbox), _message(0), 0, new bytes32[](0));
        vm.assertEq(l1.provenAt(messageHash), START);
    }

    function test_messageIsProvenOnceWhateverTheRoot() external {
        _send(1);
        _postRoot();
        _prove(0);
        _send(1);
        _postRoot();
        _skip(1);
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 0);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.AlreadyProven.selector, 0));
        l1.proveMessage(0, address(this), address(mailbox), _message(0), 1, proof);
        vm.assertEq(l1.provenAt(l2.messageHashes(0)), START);
    }

    function test_olderRootStaysGood() external {
        _send(2);
        bytes32[] memory older = MerkleTree.proof(_leaves(), 1);
        _postRoot();
        _send(3);
        _postRoot();
        l1.proveMessage(1, address(this), address(mailbox), _message(1), 0, older);
        vm.assertEq(l1.provenAt(l2.messageHashes(1)), START);
    }

    function test_messageBeyondTheRootIsRefused() external {
        _send(2);
        // The tree holds it, the count says it does not: the count decides.
        bytes32[] memory leaves = _leaves();
        vm.prank(relayer);
        l1.postRoot(MerkleTree.root(leaves), 1);
        bytes32[] memory proof = MerkleTree.proof(leaves, 1);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 1));
        l1.proveMessage(1, address(this), address(mailbox), _message(1), 0, proof);
    }

    function test_rootThatWasNotPostedProvesNothing() external {
        _send(1);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 0));
        l1.proveMessage(0, address(this), address(mailbox), _message(0), 0, new bytes32[](0));
    }

    function test_proofOfAnotherMessageIsRefused() external {
        _send(4);
        _postRoot();
        bytes32[] memory proof = MerkleTree.proof(_leaves(), 3);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 0));
        l1.proveMessage(0, address(this), address(mailbox), _message(0), 0, proof);
    }

    function test_messageThatWasNotSentIsRefused() external {
        _send(1);
        _postRoot();
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 0));
        l1.proveMessage(0, stranger, address(mailbox), _message(0), 0, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 0));
        l1.proveMessage(0, address(this), stranger, _message(0), 0, new bytes32[](0));
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.InvalidProof.selector, 0));
        l1.proveMessage(0, address(this), address(mailbox), _message(1), 0, new bytes32[](0));
    }

    function test_anyoneExecutesAMatureMessage() external {
        _send(1);
        _postRoot();
        _prove(0);
        vm.assertEq(l1.proofMaturity(), MATURITY);
        _skip(MATURITY);
        _expectEvent(address(l1));
        emit LocalMessenger.MessageDelivered(0);
        vm.prank(stranger);
        _execute(0);
        vm.assertTrue(l1.delivered(0));
        vm.assertEq(mailbox.letters(), 1);
    }

    function test_messageIsNotExecutedBeforeItsProofHasMatured() external {
        _send(1);
        _postRoot();
        _prove(0);
        _skip(MATURITY - 1);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.NotMature.selector, 0, START + MATURITY));
        _execute(0);
    }

    function test_messageWithoutProofIsNotExecuted() external {
        _send(1);
        _postRoot();
        _skip(MATURITY);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.NotProven.selector, 0));
        _execute(0);
    }

    function test_alteredMessageIsNotExecuted() external {
        _send(1);
        _postRoot();
        _prove(0);
        _skip(MATURITY);
        vm.expectRevert(abi.encodeWithSelector(LocalL1Messenger.NotProven.selector, 0));
        l1.executeMessage(0, address(this), address(mailbox), _message(1));
    }

    function test_messageIsExecutedOnce() external {
        _send(1);
        _postRoot();
        _prove(0);
        _skip(MATURITY);
        _execute(0);
        vm.expectRevert(abi.encodeWithSelector(LocalMessenger.AlreadyDelivered.selector, 0));
        _execute(0);
        vm.assertEq(mailbox.letters(), 1);
    }

    function test_failedExecutionIsNotRecordedAndCanBeTriedAgain() external {
        _send(1);
        _postRoot();
        _prove(0);
        _skip(MATURITY);
        mailbox.open(false);
        vm.expectRevert(Mailbox.Closed.selector);
        _execute(0);
        vm.assertFalse(l1.delivered(0));
        mailbox.open(true);
        _execute(0);
        vm.assertTrue(l1.delivered(0));
    }

    function test_messagesAreExecutedInAnyOrder() external {
        _send(2);
        _postRoot();
        _prove(1);
        _prove(0);
        _skip(MATURITY);
        _execute(1);
        _execute(0);
        vm.assertEq(mailbox.letters(), 2);
    }

    function test_messageWithoutSenderIsNotExecuted() external {
        bytes32 leaf = l1.hashMessage(0, address(0), address(mailbox), _message(0));
        vm.prank(relayer);
        l1.postRoot(leaf, 1);
        l1.proveMessage(0, address(0), address(mailbox), _message(0), 0, new bytes32[](0));
        _skip(MATURITY);
        vm.expectRevert(LocalMessenger.ZeroSender.selector);
        l1.executeMessage(0, address(0), address(mailbox), _message(0));
    }

    function _send(uint256 count) private {
        for (uint256 i; i < count; ++i) {
            l2.sendMessage(address(mailbox), _message(l2.messageCount()));
        }
    }

    function _postRoot() private {
        bytes32[] memory leaves = _leaves();
        vm.prank(relayer);
        l1.postRoot(MerkleTree.root(leaves), leaves.length);
    }

    /// @dev Under the newest root.
    function _prove(uint256 nonce) private {
        bytes32[] memory proof = MerkleTree.proof(_leaves(), nonce);
        l1.proveMessage(nonce, address(this), address(mailbox), _message(nonce), l1.rootCount() - 1, proof);
    }

    function _execute(uint256 nonce) private {
        l1.executeMessage(nonce, address(this), address(mailbox), _message(nonce));
    }

    function _leaves() private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](l2.messageCount());
        for (uint256 nonce; nonce < leaves.length; ++nonce) {
            leaves[nonce] = l2.messageHashes(nonce);
        }
    }

    /// @dev Every message is another one.
    function _message(uint256 nonce) private pure returns (bytes memory) {
        return abi.encodeCall(Mailbox.post, (nonce));
    }
}
