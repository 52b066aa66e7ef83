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

/// @notice Where gas is measured: whole transactions, as a receipt shows them, execution on cold storage included.
/// @dev Isolation makes each call a transaction of its own. Steady state: one transfer has gone before, so counters,
/// balances and collected fees are not zero; allowances are finite and not used up.
abstract contract GasWorld is TestBase {
    uint96 internal constant STAKE = 0.01 ether;
    uint256 internal constant SOURCE = 901;
    uint256 internal constant TARGET = 902;
    uint256 internal constant LARGE = 1000e18;
    uint256 internal constant SMALL = 1e18;

    RequestManager internal manager;
    FillManager internal fillManager;
    MintableToken internal token;
    uint96 internal fillNonce;

    address internal user = _actor("user");
    address internal receiver = _actor("receiver");
    address internal lp = _actor("lp");
    address internal alice = _actor("alice");
    address internal bob = _actor("bob");

    function setUp() public virtual {
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
    function _transfer(uint256 amount) internal returns (uint256[4] memory gas) {
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

    function _create(uint256 amount) internal returns (bytes32) {
        vm.prank(user);
        return manager.createRequest(TARGET, address(token), address(token), receiver, amount, 1 hours);
    }

    function _claim(bytes32 requestId, bytes32 fillId) internal returns (uint96) {
        vm.prank(lp);
        return manager.claimRequest{value: STAKE}(requestId, fillId);
    }

    function _bid(address bidder, uint96 claimId, uint256 value) internal returns (uint256) {
        vm.prank(bidder);
        manager.challengeClaim{value: value}(claimId);
        return _lastGas();
    }

    function _withdraw(address caller, uint96 claimId) internal returns (uint256) {
        vm.prank(caller);
        manager.withdraw(claimId);
        return _lastGas();
    }

    function _lastGas() internal view returns (uint256) {
        return vm.lastCallGas().gasTotalUsed;
    }
}
