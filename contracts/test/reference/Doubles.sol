// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @dev A token anyone may mint.
contract TestToken is ERC20 {
    constructor(string memory name) ERC20(name, name) {}

    function mint(address account, uint256 amount) external {
        _mint(account, amount);
    }
}

/// @dev A messenger that trusts one courier to speak for one caller.
contract GateMessenger {
    address private immutable _caller;
    address private immutable _courier;

    constructor(address caller, address courier) {
        _caller = caller;
        _courier = courier;
    }

    function callAllowed(address caller, address courier) external view returns (bool) {
        return caller == _caller && courier == _courier;
    }
}

/// @dev A participant that can act but takes no native currency, except when told to.
contract RefusingActor {
    bool public willing;

    function setWilling(bool willing_) external {
        willing = willing_;
    }

    receive() external payable {
        require(willing, "refused");
    }
}
