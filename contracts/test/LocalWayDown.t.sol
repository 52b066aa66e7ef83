// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {LocalL1Messenger} from "../src/messengers/LocalL1Messenger.sol";
import {LocalL2Messenger} from "../src/messengers/LocalL2Messenger.sol";
import {LocalMessenger} from "../src/messengers/LocalMessenger.sol";
import {Mailbox} from "./support/Mailbox.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice From L1 down to an L2: the relayer delivers. This contract is the sender on L1, and the owner.
contract LocalWayDownTest is TestBase {
    LocalL1Messenger private l1;
    LocalL2Messenger private l2;
    Mailbox private mailbox;

    address private relayer = _actor("relayer");
    address private stranger = _actor("stranger");

    function setUp() external {
        l1 = new LocalL1Messenger(relayer, 7 days);
        l1.addCaller(address(this));
        l2 = new LocalL2Messenger(relayer);
        mailbox = new Mailbox(address(this));
    }

    function test_relayerDeliversWhatWasSent() external {
        _expectEvent(address(l1));
        emit LocalMessenger.MessageSent(0, address(this), address(mailbox), _message());
        l1.sendMessage(address(mailbox), _message());
        vm.assertEq(l1.messageHashes(0), l2.hashMessage(0, address(this), address(mailbox), _message()));
        _expectEvent(address(l2));
        emit LocalMessenger.MessageDelivered(0);
        _deliver(relayer, address(this));
        vm.assertEq(mailbox.letters(), 1);
    }

    function test_nobodyElseDelivers() external {
        vm.expectRevert(abi.encodeWithSelector(LocalMessenger.NotRelayer.selector, stranger));
        _deliver(stranger, address(this));
    }

    function test_messageIsDeliveredOnce() external {
        vm.assertFalse(l2.delivered(0));
        _deliver(relayer, address(this));
        vm.assertTrue(l2.delivered(0));
        vm.expectRevert(abi.encodeWithSelector(LocalMessenger.AlreadyDelivered.selector, 0));
        _deliver(relayer, address(this));
    }

    function test_failedDeliveryIsNotRecordedAndCanBeTriedAgain() external {
        mailbox.open(false);
        vm.expectRevert(Mailbox.Closed.selector);
        _deliver(relayer, address(this));
        vm.assertFalse(l2.delivered(0));
        mailbox.open(true);
        _deliver(relayer, address(this));
        vm.assertTrue(l2.delivered(0));
    }

    function test_nobodyButTheSenderIsVouchedFor() external {
        _deliver(relayer, stranger);
        vm.assertTrue(l2.delivered(0));
        vm.assertEq(mailbox.letters(), 0);
    }

    function test_messageWithoutSenderIsRefused() external {
        vm.expectRevert(LocalMessenger.ZeroSender.selector);
        _deliver(relayer, address(0));
    }

    function test_ownerReplacesTheRelayer() external {
        vm.assertEq(l2.relayer(), relayer);
        _expectEvent(address(l2));
        emit LocalMessenger.RelayerSet(stranger);
        l2.setRelayer(stranger);
        vm.assertEq(l2.relayer(), stranger);
        _expectNotOwner(stranger);
        vm.prank(stranger);
        l2.setRelayer(relayer);
    }

    function _deliver(address courier, address sender) private {
        vm.prank(courier);
        l2.deliverMessage(0, sender, address(mailbox), _message());
    }

    function _message() private pure returns (bytes memory) {
        return abi.encodeCall(Mailbox.post, (0));
    }
}
