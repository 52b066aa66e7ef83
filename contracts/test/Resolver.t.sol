// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {RequestManager} from "../src/RequestManager.sol";
import {Resolver} from "../src/Resolver.sol";
import {RestrictedCalls} from "../src/RestrictedCalls.sol";
import {IMessenger} from "../src/messengers/IMessenger.sol";
import {TestBase} from "./support/TestBase.sol";

/// @dev Remembers the latest message.
contract SourceMessenger is IMessenger {
    address public target;
    bytes public message;

    function sendMessage(address target_, bytes calldata message_) external {
        target = target_;
        message = message_;
    }

    function callAllowed(address, address) external pure returns (bool) {
        return false;
    }
}

contract ResolverTest is TestBase {
    uint256 private constant SOURCE = 42;
    bytes32 private constant REQUEST = "request";
    bytes32 private constant FILL = "fill";

    Resolver private resolver;
    SourceMessenger private messenger;
    address private requestManager = _actor("request manager");
    address private proofSource = _actor("proof source");
    address private filler = _actor("filler");

    function setUp() external {
        resolver = new Resolver();
        messenger = new SourceMessenger();
        resolver.addCaller(proofSource);
        resolver.addRequestManager(SOURCE, requestManager, address(messenger));
    }

    function test_proofOfAFillIsForwarded() external {
        _expectEvent(address(resolver));
        emit Resolver.Resolution(SOURCE, block.chainid, REQUEST, filler, FILL);
        _resolve(SOURCE, filler);
        vm.assertEq(messenger.target(), requestManager);
        vm.assertEq(
            keccak256(messenger.message()),
            keccak256(abi.encodeCall(RequestManager.resolveRequest, (REQUEST, FILL, block.chainid, filler)))
        );
    }

    function test_proofWithoutFillerIsForwardedAsInvalidation() external {
        _expectEvent(address(resolver));
        emit Resolver.Resolution(SOURCE, block.chainid, REQUEST, address(0), FILL);
        _resolve(SOURCE, address(0));
        vm.assertEq(messenger.target(), requestManager);
        vm.assertEq(
            keccak256(messenger.message()),
            keccak256(abi.encodeCall(RequestManager.invalidateFill, (REQUEST, FILL, block.chainid)))
        );
    }

    function test_infoOfASourceChainIsReadable() external view {
        (address manager, IMessenger sourceMessenger) = resolver.sourceChainInfos(SOURCE);
        vm.assertEq(manager, requestManager);
        vm.assertEq(address(sourceMessenger), address(messenger));
    }

    function test_strangersProofIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, filler));
        vm.prank(filler);
        resolver.resolve(REQUEST, FILL, block.chainid, SOURCE, filler);
    }

    function test_proofForAnUnknownSourceChainIsRefused() external {
        vm.expectRevert(abi.encodeWithSelector(Resolver.SourceChainNotSupported.selector, 43));
        _resolve(43, filler);
    }

    function test_proofForASourceChainWithoutRequestManagerIsRefused() external {
        resolver.addRequestManager(43, address(0), address(messenger));
        vm.expectRevert(abi.encodeWithSelector(Resolver.SourceChainNotSupported.selector, 43));
        _resolve(43, filler);
    }

    function test_proofForASourceChainWithoutMessengerIsRefused() external {
        resolver.addRequestManager(43, requestManager, address(0));
        vm.expectRevert(abi.encodeWithSelector(Resolver.SourceChainNotSupported.selector, 43));
        _resolve(43, filler);
    }

    function test_onlyTheOwnerAddsRequestManagers() external {
        _expectNotOwner(filler);
        vm.prank(filler);
        resolver.addRequestManager(SOURCE, filler, filler);
    }

    function _resolve(uint256 sourceChainId, address filler_) private {
        vm.prank(proofSource);
        resolver.resolve(REQUEST, FILL, block.chainid, sourceChainId, filler_);
    }
}
