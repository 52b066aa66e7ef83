// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {FillManager} from "../../src/FillManager.sol";
import {RequestManager} from "../../src/RequestManager.sol";
import {IMessenger} from "../../src/messengers/IMessenger.sol";
import {MintableToken} from "../../src/tokens/MintableToken.sol";
import {Vm} from "../support/Vm.sol";

/// @dev Forwards nothing, as in the figures this is compared with.
contract SilentMessenger is IMessenger {
    function sendMessage(address, bytes calldata) external {}

    function callAllowed(address, address) external pure returns (bool) {
        return false;
    }
}

/// @notice Gas of whole transactions in the steady state: the sender's nonce, the counters, the balances and the
/// collected fees are not zero before, and the allowances and balances are not used up.
/// @dev Isolation makes each call a transaction of its own with cold storage and intrinsic gas.
/// forge-config: default.isolate = true
contract GasTest {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    bool public constant IS_TEST = true;

    uint96 private constant STAKE = 0.01 ether;
    uint256 private constant AMOUNT = 1000e18;

    RequestManager private manager;
    FillManager private fillManager;
    MintableToken private token;
    address private user;
    address private lp;
    address private challenger;

    function setUp() external {
        vm.roll(1000);
        vm.warp(1_700_000_000);
        user = vm.addr(1);
        lp = vm.addr(2);
        challenger = vm.addr(3);
        manager = new RequestManager(STAKE, 86_400, 3600, 1800);
        fillManager = new FillManager(new SilentMessenger());
        token = new MintableToken("Token", "TOK", 18);
        manager.updateFees(300_000, 1000, 1000);
        manager.updateToken(address(token), 10_000e18, 2000e18);
        manager.updateChain(block.chainid, 1 hours, 1e13, 500_000);
        manager.updateChain(10, 1 hours, 1e13, 500_000);
        manager.addAllowedLp(lp);
        fillManager.setResolver(address(0x1234));
        fillManager.addAllowedLp(lp);
        token.mint(user, 1e6 ether);
        token.mint(lp, 1e6 ether);
        vm.deal(lp, 100 ether);
        vm.deal(challenger, 100 ether);
        vm.prank(user);
        token.approve(address(manager), 1e6 ether);
        vm.prank(lp);
        token.approve(address(fillManager), 1e6 ether);
        // A first transfer from end to end makes every counter and balance non-zero.
        _transferOnce();
    }

    function test_gas() external {
        bytes32 requestId = _create();
        uint256 create = vm.lastCallGas().gasTotalUsed;
        bytes32 fillId = _fill(77);
        uint256 fill = vm.lastCallGas().gasTotalUsed;
        uint96 claimId = _claim(requestId, fillId);
        uint256 claim = vm.lastCallGas().gasTotalUsed;
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        vm.prank(lp);
        manager.withdraw(claimId);
        uint256 withdraw = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", "create", create);
        vm.snapshotValue("gas", "fill", fill);
        vm.snapshotValue("gas", "claim", claim);
        vm.snapshotValue("gas", "withdraw", withdraw);
        vm.snapshotValue("gas", "sum", create + fill + claim + withdraw);
    }

    function test_challenge() external {
        bytes32 requestId = _create();
        uint96 claimId = _claim(requestId, bytes32(uint256(7)));
        vm.prank(challenger);
        manager.challengeClaim{value: STAKE + 1}(claimId);
        uint256 challenge = vm.lastCallGas().gasTotalUsed;
        vm.prank(lp);
        manager.challengeClaim{value: STAKE + 1}(claimId);
        uint256 counter = vm.lastCallGas().gasTotalUsed;
        vm.snapshotValue("gas", "challenge", challenge);
        vm.snapshotValue("gas", "counter", counter);
        vm.snapshotValue("gas", "sumchal", challenge + counter);
    }

    function _transferOnce() private {
        bytes32 requestId = _create();
        uint96 claimId = _claim(requestId, _fill(1));
        vm.warp(vm.getBlockTimestamp() + 2 hours);
        vm.prank(lp);
        manager.withdraw(claimId);
    }

    function _create() private returns (bytes32) {
        vm.prank(user);
        return manager.createRequest(10, address(token), address(token), user, AMOUNT, 1 hours);
    }

    function _fill(uint96 nonce) private returns (bytes32) {
        vm.prank(lp);
        return fillManager.fillRequest(10, address(token), user, AMOUNT, nonce);
    }

    function _claim(bytes32 requestId, bytes32 fillId) private returns (uint96) {
        vm.prank(lp);
        return manager.claimRequest{value: STAKE}(requestId, fillId);
    }
}
