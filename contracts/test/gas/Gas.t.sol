// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FillManager} from "../../src/FillManager.sol";
import {RequestManager} from "../../src/RequestManager.sol";
import {IMessenger} from "../../src/messengers/IMessenger.sol";
import {MintableToken} from "../../src/tokens/MintableToken.sol";
import {TestBase} from "../support/TestBase.sol";

/// @dev Forwards nothing, as in the figures this is compared with.
contract SilentMessenger is IMessenger {
    function sendMessage(address, bytes calldata) external {}

    function callAllowed(address, address) external pure returns (bool) {
        return false;
    }
}

/// @notice Gas of whole transactions, as a receipt shows it: 21000, call data and execution on cold storage.
/// @dev Isolation makes each call a transaction of its own. Steady state: one transfer has gone before, so counters,
/// balances and collected fees are not zero; allowances are finite and not used up.
/// forge-config: default.isolate = true
/// forge-config: release.isolate = true
contract GasTest is TestBase {
    /// @dev What existing contracts need: create + fill + claim + withdraw, and challenge + counter-challenge.
    uint256 private constant EXISTING_TRANSFER = 226_082 + 80_795 + 150_032 + 110_328;
    uint256 private constant EXISTING_GAME = 91_452 + 44_135;

    uint96 private constant STAKE = 0.01 ether;
    uint256 private constant SOURCE = 901;
    uint256 private constant TARGET = 902;
    uint256 private constant LARGE = 1000e18;
    uint256 private constant SMALL = 1e18;

    RequestManager private manager;
    FillManager private fillManager;
    MintableToken private token;
    uint96 private fillNonce;

    address private user = _actor("user");
    address private receiver = _actor("receiver");
    address private lp = _actor("lp");
    address private alice = _actor("alice");
    address private bob = _actor("bob");

    function setUp() external {
        vm.chainId(SOURCE);
        vm.roll(1000);
        vm.warp(START);
        token = new MintableToken("Token", "TOK", 18);
        fillManager = new FillManager(new SilentMessenger());
        fillManager.setResolver(address(0x1234));
        fillManager.addAllowedLp(lp);
        manager = new RequestManager(STAKE, 1 days, 1 hours, 30 minutes);
        manager.updateFees(300_000, 1000, 1000);
        manager.updateToken(address(token), 10_000e18, 2000e18);
        manager.updateChain(SOURCE, 1 hours, 1e13, 500_000);
        manager.updateChain(TARGET, 1 hours, 1e13, 500_000);
        manager.addAllowedLp(lp);
        manager.addCaller(address(this));
        _fund();
        _transfer(LARGE);
    }

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

    function _fund() private {
        address[4] memory holders = [user, lp, receiver, address(manager)];
        for (uint256 i; i < holders.length; ++i) {
            token.mint(holders[i], 1e6 ether);
        }
        vm.deal(lp, 100 ether);
        vm.deal(alice, 100 ether);
        vm.deal(bob, 100 ether);
        vm.prank(user);
        token.approve(address(manager), 1e6 ether);
        vm.prank(lp);
        token.approve(address(fillManager), 1e6 ether);
    }

    /// @dev Gas of createRequest, fillRequest, claimRequest and withdraw.
    function _transfer(uint256 amount) private returns (uint256[4] memory gas) {
        bytes32 requestId = _create(amount);
        gas[0] = _lastGas();
        vm.prank(lp);
        bytes32 fillId = fillManager.fillRequest(TARGET, address(token), receiver, amount, ++fillNonce);
        gas[1] = _lastGas();
        uint96 claimId = _claim(requestId, fillId);
        gas[2] = _lastGas();
        vm.warp(_now() + 1 hours);
        gas[3] = _withdraw(lp, claimId);
    }

    function _create(uint256 amount) private returns (bytes32) {
        vm.prank(user);
        return manager.createRequest(TARGET, address(token), address(token), receiver, amount, 1 hours);
    }

    function _claim(bytes32 requestId, bytes32 fillId) private returns (uint96) {
        vm.prank(lp);
        return manager.claimRequest{value: STAKE}(requestId, fillId);
    }

    function _bid(address bidder, uint96 claimId, uint256 value) private returns (uint256) {
        vm.prank(bidder);
        manager.challengeClaim{value: value}(claimId);
        return _lastGas();
    }

    function _withdraw(address caller, uint96 claimId) private returns (uint256) {
        vm.prank(caller);
        manager.withdraw(claimId);
        return _lastGas();
    }

    function _lastGas() private view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }
}
