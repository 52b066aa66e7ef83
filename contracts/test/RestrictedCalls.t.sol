// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {RestrictedCalls} from "../src/RestrictedCalls.sol";
import {IMessenger} from "../src/messengers/IMessenger.sol";
import {TestBase} from "./support/TestBase.sol";

contract Guarded is RestrictedCalls {
    uint256 public calls;

    constructor() Ownable(msg.sender) {}

    function call(uint256 chainId) external restricted(chainId) {
        ++calls;
    }
}

/// @dev Vouches for one pair of caller and courier.
contract PickyMessenger is IMessenger {
    address private immutable _caller;
    address private immutable _courier;

    constructor(address caller, address courier) {
        _caller = caller;
        _courier = courier;
    }

    function sendMessage(address, bytes calldata) external {}

    function callAllowed(address caller, address courier) external view returns (bool) {
        return caller == _caller && courier == _courier;
    }
}

contract RestrictedCallsTest is TestBase {
    uint256 private constant FAR = 77;

    Guarded private guarded;
    address private caller = _actor("caller");
    address private courier = _actor("courier");

    function setUp() external {
        guarded = new Guarded();
    }

    function test_callerOnTheSameChainCallsDirectly() external {
        guarded.addCaller(caller);
        vm.prank(caller);
        guarded.call(block.chainid);
        vm.assertEq(guarded.calls(), 1);
        vm.assertEq(guarded.callers(block.chainid, 0), caller);
        vm.assertEq(guarded.callers(block.chainid, 1), address(0));
    }

    function test_callerOnAnotherChainCallsByWayOfItsMessenger() external {
        address messenger = address(new PickyMessenger(caller, courier));
        guarded.addCaller(FAR, caller, messenger);
        vm.prank(courier);
        guarded.call(FAR);
        vm.assertEq(guarded.calls(), 1);
        vm.assertEq(guarded.callers(FAR, 0), caller);
        vm.assertEq(guarded.callers(FAR, 1), messenger);
    }

    function test_strangerOnTheSameChainIsRefused() external {
        guarded.addCaller(caller);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, courier));
        vm.prank(courier);
        guarded.call(block.chainid);
    }

    function test_everyoneIsRefusedForAChainWithoutCaller() external {
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, caller));
        vm.prank(caller);
        guarded.call(block.chainid);
    }

    function test_courierTheMessengerDoesNotVouchForIsRefused() external {
        guarded.addCaller(FAR, caller, address(new PickyMessenger(caller, courier)));
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, FAR, caller));
        vm.prank(caller);
        guarded.call(FAR);
    }

    function test_callerTheMessengerDoesNotVouchForIsRefused() external {
        guarded.addCaller(FAR, caller, address(new PickyMessenger(courier, courier)));
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, FAR, courier));
        vm.prank(courier);
        guarded.call(FAR);
    }

    function test_anotherChainWithoutMessengerIsRefused() external {
        guarded.addCaller(FAR, caller, address(0));
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.MessengerNotSet.selector, FAR));
        vm.prank(caller);
        guarded.call(FAR);
    }

    function test_callerOfAnotherChainIsNoCallerHere() external {
        guarded.addCaller(FAR, caller, address(new PickyMessenger(caller, caller)));
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, caller));
        vm.prank(caller);
        guarded.call(block.chainid);
    }

    function test_zeroCallerIsRefused() external {
        vm.expectRevert(RestrictedCalls.ZeroCaller.selector);
        guarded.addCaller(address(0));
        vm.expectRevert(RestrictedCalls.ZeroCaller.selector);
        guarded.addCaller(FAR, address(0), courier);
    }

    function test_secondCallerOfAChainIsRefused() external {
        guarded.addCaller(FAR, caller, courier);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerAlreadySet.selector, FAR));
        guarded.addCaller(FAR, courier, courier);
        guarded.addCaller(caller);
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerAlreadySet.selector, block.chainid));
        guarded.addCaller(caller);
    }

    function test_onlyTheOwnerAddsCallers() external {
        _expectNotOwner(caller);
        vm.prank(caller);
        guarded.addCaller(caller);
        _expectNotOwner(caller);
        vm.prank(caller);
        guarded.addCaller(FAR, caller, courier);
    }
}
