// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {GasWorld} from "./GasWorld.sol";

/// @notice Gas of whole transactions, as a receipt shows it: 21000, call data and execution on cold storage.
/// forge-config: default.isolate = true
/// forge-config: release.isolate = true
contract GasTest is GasWorld {
    /// @dev What existing contracts need: create + fill + claim + withdraw, and challenge + counter-challenge.
    uint256 private constant EXISTING_TRANSFER = 226_082 + 80_795 + 150_032 + 110_328;
    uint256 private constant EXISTING_GAME = 91_452 + 44_135;

    function test_transfer() external {
        uint256[4] memory gas = _transfer(LARGE);
        uint256 sum = gas[0] + gas[1] + gas[2] + gas[3];
        vm.snapshotValue("transactions", "1 createRequest", gas[0]);
        vm.snapshotValue("transactions", "2 fillRequest", gas[1]);
        vm.snapshotValue("transactions", "3 claimRequest", gas[2]);
        vm.snapshotValue("transactions", "4 withdraw", gas[3]);
        vm.snapshotValue("transactions", "5 sum of the four", sum);
        vm.assertLe(sum, EXISTING_TRANSFER * 65 / 100, "a transfer needs more than 65 % of the existing gas");
    }

    function test_transferAtTheMinimumLpFee() external {
        _transfer(SMALL);
        uint256[4] memory gas = _transfer(SMALL);
        uint256 sum = gas[0] + gas[1] + gas[2] + gas[3];
        vm.snapshotValue("transactions", "6 sum of the four at the minimum LP fee", sum);
        vm.assertLe(sum, EXISTING_TRANSFER * 75 / 100, "a small transfer needs more than 75 % of the existing gas");
    }

    function test_challengeAndCounterChallenge() external {
        uint96 claimId = _claim(_create(LARGE), "false");
        uint256 challenge = _bid(alice, claimId, STAKE + 1);
        uint256 counter = _bid(lp, claimId, STAKE + 1);
        vm.snapshotValue("transactions", "7 first challenge", challenge);
        vm.snapshotValue("transactions", "8 counter-challenge", counter);
        vm.snapshotValue("transactions", "9 sum of the two", challenge + counter);
        vm.assertLe(challenge + counter, EXISTING_GAME, "challenge and counter-challenge need more than before");
    }

    function test_rarerTransactions() external {
        bytes32 requestId = _create(LARGE);
        uint96 claimId = _claim(requestId, "false");
        _bid(alice, claimId, STAKE + 1);
        _bid(lp, claimId, STAKE + 1);
        vm.snapshotValue("rarer", "second challenger", _bid(bob, claimId, STAKE + 1));
        manager.invalidateFill(requestId, "false", SOURCE);
        vm.snapshotValue("rarer", "invalidateFill from L1", _lastGas());
        vm.snapshotValue("rarer", "withdraw, first of two challengers", _withdraw(alice, claimId));
        vm.snapshotValue("rarer", "withdraw, second of two challengers", _withdraw(bob, claimId));
        manager.resolveRequest(requestId, "real", SOURCE, lp);
        vm.snapshotValue("rarer", "resolveRequest from L1", _lastGas());
        vm.warp(_now() + 1 hours);
        manager.withdrawExpiredRequest(requestId);
        vm.snapshotValue("rarer", "withdrawExpiredRequest", _lastGas());
    }
}
