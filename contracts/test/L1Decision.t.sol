// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {RestrictedCalls} from "../src/RestrictedCalls.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";

contract L1DecisionTest is ManagerWorld {
    function test_resolutionIsStoredAndAnnounced() external {
        bytes32 requestId = _create();
        _expectEvent(address(manager));
        emit IRequestManagerEvents.RequestResolved(requestId, lp, FILL_ID);
        _resolve(requestId, FILL_ID, lp);
        vm.assertEq(_viewRequest(requestId).filler, lp);
        vm.assertEq(_viewRequest(requestId).fillId, FILL_ID);
    }

    function test_resolutionMayRepeatAndTheLatestCounts() external {
        bytes32 requestId = _create();
        _resolve(requestId, FILL_ID, lp);
        _resolve(requestId, OTHER_FILL_ID, thief);
        vm.assertEq(_viewRequest(requestId).filler, thief);
        vm.assertEq(_viewRequest(requestId).fillId, OTHER_FILL_ID);
    }

    function test_resolutionClearsTheInvalidMarkOfItsFillOnly() external {
        bytes32 requestId = _create();
        _invalidate(requestId, FILL_ID);
        _invalidate(requestId, OTHER_FILL_ID);
        _resolve(requestId, FILL_ID, lp);
        vm.assertFalse(manager.isInvalidFill(requestId, FILL_ID));
        vm.assertTrue(manager.isInvalidFill(requestId, OTHER_FILL_ID));
    }

    function test_invalidationIsStoredAndAnnounced() external {
        bytes32 requestId = _create();
        vm.assertFalse(manager.isInvalidFill(requestId, FILL_ID));
        _expectEvent(address(manager));
        emit IRequestManagerEvents.FillInvalidatedResolved(requestId, FILL_ID);
        _invalidate(requestId, FILL_ID);
        vm.assertTrue(manager.isInvalidFill(requestId, FILL_ID));
    }

    function test_invalidationIsRefusedForAMarkedFill() external {
        bytes32 requestId = _create();
        _invalidate(requestId, FILL_ID);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.AlreadyInvalidated.selector, requestId, FILL_ID));
        _invalidate(requestId, FILL_ID);
    }

    function test_invalidationIsRefusedForAResolvedRequest() external {
        bytes32 requestId = _create();
        _resolve(requestId, FILL_ID, lp);
        _refuse(abi.encodeWithSelector(IRequestManagerEvents.AlreadyResolved.selector, requestId));
        _invalidate(requestId, OTHER_FILL_ID);
    }

    function test_bothAreRefusedForAnyoneElse() external {
        bytes32 requestId = _create();
        bytes memory refusal = abi.encodeWithSelector(RestrictedCalls.CallerNotAllowed.selector, block.chainid, thief);
        _refuse(refusal);
        vm.prank(thief);
        manager.resolveRequest(requestId, FILL_ID, block.chainid, thief);
        _refuse(refusal);
        vm.prank(thief);
        manager.invalidateFill(requestId, FILL_ID, block.chainid);
    }
}
