// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {TestToken} from "../reference/Doubles.sol";
import {IRequestManager} from "../reference/IRequestManager.sol";

/// @dev A native bridge in one contract: keeps what is sent and carries it over when told, as often as told.
contract BridgeDouble {
    struct Message {
        address sender;
        address target;
        bytes data;
    }

    Message[] private _messages;
    address private _origin;

    function sendMessage(address target, bytes calldata data) external {
        _messages.push(Message(msg.sender, target, data));
    }

    function carry(uint256 index) external returns (bool ok) {
        Message memory message = _messages[index];
        _origin = message.sender;
        (ok,) = message.target.call(message.data);
        _origin = address(0);
    }

    function callAllowed(address caller, address courier) external view returns (bool) {
        return courier == address(this) && caller != address(0) && caller == _origin;
    }

    function count() external view returns (uint256) {
        return _messages.length;
    }

    function dataOf(uint256 index) external view returns (bytes memory) {
        return _messages[index].data;
    }
}

/// @dev A token that tells a receiving contract, as ERC-777 did: a door for calling back in the middle of a transfer.
contract HookToken is TestToken {
    constructor(string memory name) TestToken(name) {}

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (to.code.length > 0 && from != address(0)) {
            (bool ok,) = to.call(abi.encodeCall(GreedyActor.onTokens, ()));
            ok;
        }
    }
}

/// @dev Uses every payment it gets to ask for the same money again.
contract GreedyActor {
    IRequestManager private immutable _manager;
    uint96 private _claimId;
    bytes32 private _requestId;
    bool private _grabbing;

    constructor(IRequestManager manager) {
        _manager = manager;
    }

    function want(uint96 claimId, bytes32 requestId) external {
        _claimId = claimId;
        _requestId = requestId;
    }

    function onTokens() external {
        _grab();
    }

    receive() external payable {
        _grab();
    }

    function _grab() private {
        if (_grabbing) {
            return; // once is enough to show it, and each level would try three times more
        }
        _grabbing = true;
        try _manager.withdraw(_claimId) {} catch {}
        try _manager.withdraw(address(this), _claimId) {} catch {}
        try _manager.withdrawExpiredRequest(_requestId) {} catch {}
        _grabbing = false;
    }
}
