// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Vm} from "./Vm.sol";

/// @notice What all tests share: the cheat codes and time.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev The mark by which forge knows a test contract.
    bool public constant IS_TEST = true;

    uint256 internal constant START = 1_700_000_000;

    /// @dev The optimiser may take `block.timestamp` for constant within a test; a cheat code it may not.
    function _now() internal view returns (uint256) {
        return vm.getBlockTimestamp();
    }

    function _skip(uint256 duration) internal {
        vm.warp(_now() + duration);
    }

    function _actor(string memory name) internal returns (address actor) {
        actor = address(uint160(uint256(keccak256(bytes(name)))));
        vm.label(actor, name);
    }

    function _expectEvent(address emitter) internal {
        vm.expectEmit(true, true, true, true, emitter);
    }

    /// @dev What Ownable refuses with.
    function _expectNotOwner(address account) internal {
        vm.expectRevert(abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", account));
    }

    function _expectTooLarge(uint8 bits, uint256 value) internal {
        vm.expectRevert(abi.encodeWithSignature("SafeCastOverflowedUintDowncast(uint8,uint256)", bits, value));
    }
}
