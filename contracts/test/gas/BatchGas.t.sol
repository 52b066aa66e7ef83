// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BatchExecutor} from "../../src/BatchExecutor.sol";
import {FillManager} from "../../src/FillManager.sol";
import {GasWorld} from "./GasWorld.sol";

/// @notice Gas of fills, claims and withdrawals in batches, of an account that delegates to `BatchExecutor`.
/// forge-config: default.isolate = true
/// forge-config: release.isolate = true
contract BatchGasTest is GasWorld {
    uint256 private constant TEN = 10;
    uint256 private constant ENOUGH = 150_000;

    function setUp() public override {
        super.setUp();
        vm.etch(lp, abi.encodePacked(hex"ef0100", address(new BatchExecutor())));
    }

    function test_batchesOfTen() external {
        uint256[3] memory ten = _transfers(TEN);
        string[3] memory names = ["fillRequest", "claimRequest", "withdraw"];
        uint256 sum;
        for (uint256 i; i < 3; ++i) {
            vm.snapshotValue("batches", string.concat("ten of a batch, each: ", names[i]), ten[i] / TEN);
            sum += ten[i] / TEN;
        }
        vm.snapshotValue("batches", "ten of a batch, each: sum of the three", sum);
    }

    function test_batchOfOne() external {
        uint256[3] memory one = _transfers(1);
        vm.snapshotValue("batches", "alone in a batch: fillRequest", one[0]);
        vm.snapshotValue("batches", "alone in a batch: claimRequest", one[1]);
        vm.snapshotValue("batches", "alone in a batch: withdraw", one[2]);
    }

    /// @dev Gas of the batch of fills, of claims and of withdrawals.
    function _transfers(uint256 count) private returns (uint256[3] memory gas) {
        bytes32[] memory requestIds = new bytes32[](count);
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](count);
        for (uint256 i; i < count; ++i) {
            requestIds[i] = _create(LARGE);
            calls[i] = _call(
                address(fillManager),
                0,
                abi.encodeCall(FillManager.fillRequest, (TARGET, address(token), receiver, LARGE, ++fillNonce))
            );
        }
        gas[0] = _execute(calls);
        for (uint256 i; i < count; ++i) {
            bytes memory data =
                abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestIds[i], bytes32(uint256(1)));
            calls[i] = _call(address(manager), STAKE, data);
        }
        gas[1] = _execute(calls);
        vm.warp(_now() + 1 hours);
        // Requests and claims are counted together; the two of the first transfer and these requests come before.
        uint96 first = uint96(count) + 3;
        for (uint256 i; i < count; ++i) {
            calls[i] = _call(address(manager), 0, abi.encodeWithSignature("withdraw(uint96)", first + uint96(i)));
        }
        gas[2] = _execute(calls);
        vm.assertTrue(manager.isWithdrawn(requestIds[count - 1]));
    }

    function _execute(BatchExecutor.Call[] memory calls) private returns (uint256) {
        vm.prank(lp);
        BatchExecutor(payable(lp)).execute(calls);
        return _lastGas();
    }

    function _call(address to, uint256 value, bytes memory data) private pure returns (BatchExecutor.Call memory) {
        return BatchExecutor.Call(to, value, ENOUGH, data);
    }
}
