// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IMessenger} from "../../src/messengers/IMessenger.sol";

/// @notice Counts messages of one sender that a messenger vouches for; may be closed.
contract Mailbox {
    error Closed();

    address public immutable sender;
    bool public isOpen = true;
    uint256 public letters;

    constructor(address sender_) {
        sender = sender_;
    }

    function open(bool isOpen_) external {
        isOpen = isOpen_;
    }

    function post(uint256) external {
        if (!isOpen) revert Closed();
        IMessenger messenger = IMessenger(msg.sender);
        // It vouches for what it brings itself, not for what somebody else says it has brought.
        if (messenger.callAllowed(sender, msg.sender) && !messenger.callAllowed(sender, address(this))) ++letters;
    }
}
