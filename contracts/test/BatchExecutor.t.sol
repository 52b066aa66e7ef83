// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {BatchExecutor} from "../src/BatchExecutor.sol";
import {FillManager} from "../src/FillManager.sol";
import {IRequestManagerEvents} from "../src/IRequestManagerEvents.sol";
import {RequestIds} from "../src/RequestIds.sol";
import {IMessenger} from "../src/messengers/IMessenger.sol";
import {ManagerWorld} from "./support/ManagerWorld.sol";
import {Vm} from "./support/Vm.sol";

/// @dev Takes proofs nowhere.
contract DeafMessenger is IMessenger {
    function sendMessage(address, bytes calldata) external {}

    function callAllowed(address, address) external pure returns (bool) {
        return false;
    }
}

/// @dev A called contract with every bad habit.
contract Rogue {
    error Unwelcome(uint256 number);

    uint256 public counted;

    /// @dev Says yes, and counts.
    function count() external payable {
        ++counted;
    }

    function refuse(uint256 number) external payable {
        revert Unwelcome(number);
    }

    /// @dev As much as it has gas for: whoever copies it pays as much again.
    function refuseAtLength(uint256 size) external payable {
        assembly {
            revert(mload(0x40), size)
        }
    }

    function answerAtLength(uint256 size) external payable {
        assembly {
            return(mload(0x40), size)
        }
    }

    function burnAllGas() external payable {
        assembly {
            invalid()
        }
    }

    /// @dev Tries to act for the account that called it.
    function actFor(address account) external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](1);
        calls[0] = BatchExecutor.Call(address(this), account.balance, 100_000, abi.encodeCall(this.count, ()));
        BatchExecutor(payable(account)).execute(calls);
    }

    /// @dev Runs the executor's code as its own.
    function delegateTo(address executor, bytes calldata data) external returns (bool succeeded) {
        (succeeded,) = executor.delegatecall(data);
    }

    /// @dev With the 2300 gas of Solidity's `transfer`.
    function pay(address payable receiver) external payable {
        receiver.transfer(msg.value);
    }
}

contract BatchExecutorTest is ManagerWorld {
    uint256 private constant SOURCE = 42;
    uint256 private constant ENOUGH = 300_000;

    BatchExecutor private executor;
    FillManager private fillManager;
    Rogue private rogue;

    function setUp() public override {
        super.setUp();
        executor = new BatchExecutor();
        rogue = new Rogue();
        vm.etch(lp, abi.encodePacked(hex"ef0100", address(executor)));
        fillManager = new FillManager(new DeafMessenger());
        fillManager.setResolver(address(0x1234));
        fillManager.addAllowedLp(lp);
        fillManager.addAllowedLp(alice);
        address[2] memory fillers = [lp, alice];
        for (uint256 i; i < fillers.length; ++i) {
            token.mint(fillers[i], WEALTH);
            vm.prank(fillers[i]);
            token.approve(address(fillManager), WEALTH);
        }
    }

    function test_fillsOfABatchAreTheAccountsOwn() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](3);
        for (uint96 nonce; nonce < 3; ++nonce) {
            calls[nonce] = _fill(nonce);
        }
        vm.recordLogs();
        _execute(calls);
        vm.assertEq(token.balanceOf(receiver), 3 * AMOUNT);
        vm.assertEq(token.balanceOf(lp), WEALTH - 3 * AMOUNT);
        vm.assertEq(_fillsBy(lp, vm.getRecordedLogs()), 3);
    }

    function test_fillThatIsTakenDoesNotUndoTheOthers() external {
        vm.prank(alice);
        fillManager.fillRequest(SOURCE, address(token), receiver, AMOUNT, 1);
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](3);
        for (uint96 nonce; nonce < 3; ++nonce) {
            calls[nonce] = _fill(nonce);
        }
        bytes32 taken = RequestIds.compute(SOURCE, block.chainid, address(token), receiver, AMOUNT, 1);
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(1, abi.encodeWithSelector(FillManager.AlreadyFilled.selector, taken));
        _execute(calls);
        vm.assertEq(token.balanceOf(receiver), 3 * AMOUNT);
        vm.assertEq(token.balanceOf(lp), WEALTH - 2 * AMOUNT);
    }

    function test_claimsOfABatchAreTheAccountsOwnAndPayItsStakes() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](3);
        for (uint256 i; i < 3; ++i) {
            calls[i] = _claimOf(_create());
        }
        uint256 balance = lp.balance;
        _execute(calls);
        vm.assertEq(lp.balance, balance - 3 * STAKE);
        for (uint96 claimId = 4; claimId < 7; ++claimId) {
            vm.assertEq(_viewClaim(claimId).claimer, lp);
        }
    }

    function test_stakeOfAClaimThatIsRefusedStaysWithTheAccount() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](2);
        calls[0] = _claimOf("no such request");
        calls[1] = _claimOf(_create());
        uint256 balance = lp.balance;
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(
            0, abi.encodeWithSelector(IRequestManagerEvents.UnknownRequest.selector, bytes32("no such request"))
        );
        _execute(calls);
        vm.assertEq(lp.balance, balance - STAKE);
    }

    function test_withdrawalsOfABatchPayTheDelegatedAccount() external {
        (, uint96 first) = _claimed();
        (, uint96 second) = _claimed();
        _terminate(second);
        (uint256 balance, uint256 tokens) = (lp.balance, token.balanceOf(lp));
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](3);
        calls[0] = _withdrawal(first);
        calls[1] = _withdrawal(first);
        calls[2] = _withdrawal(second);
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(1, abi.encodeWithSelector(IRequestManagerEvents.ClaimPaidOut.selector, first));
        _execute(calls);
        vm.assertEq(lp.balance, balance + 2 * STAKE);
        vm.assertTrue(token.balanceOf(lp) > tokens + 2 * AMOUNT);
    }

    function test_withdrawalThatSomebodyElseMakesPaysTheDelegatedAccount() external {
        (, uint96 claimId) = _claimed();
        _terminate(claimId);
        uint256 balance = lp.balance;
        vm.prank(alice);
        manager.withdraw(lp, claimId);
        vm.assertEq(lp.balance, balance + STAKE);
    }

    function test_paymentWithTheLeastGasReachesTheDelegatedAccount() external {
        uint256 balance = lp.balance;
        rogue.pay{value: 7}(payable(lp));
        vm.assertEq(lp.balance, balance + 7);
    }

    function test_outsiderCannotActForTheAccount() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](1);
        calls[0] = _call(0, ENOUGH, abi.encodeCall(Rogue.count, ()));
        vm.prank(alice);
        _refuse(abi.encodeWithSelector(BatchExecutor.NotTheAccount.selector, alice));
        BatchExecutor(payable(lp)).execute(calls);
        vm.assertEq(rogue.counted(), 0);
    }

    function test_calledContractCannotActForTheAccount() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](1);
        calls[0] = _call(0, ENOUGH, abi.encodeCall(Rogue.actFor, (lp)));
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(0, abi.encodeWithSelector(BatchExecutor.NotTheAccount.selector, address(rogue)));
        _execute(calls);
        vm.assertEq(address(rogue).balance, 0);
    }

    function test_executorItselfActsForNobody() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](0);
        _refuse(abi.encodeWithSelector(BatchExecutor.NotTheAccount.selector, address(this)));
        executor.execute(calls);
        vm.assertFalse(rogue.delegateTo(address(executor), abi.encodeCall(BatchExecutor.execute, (calls))));
    }

    function test_anythingButAPaymentOrABatchIsRefused() external {
        (bool succeeded,) = lp.call(abi.encodeWithSignature("isValidSignature(bytes32,bytes)", bytes32(0), ""));
        vm.assertFalse(succeeded);
    }

    function test_reasonIsCutToItsLimit() external {
        uint256 limit = executor.MAX_REASON();
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](2);
        calls[0] = _call(0, ENOUGH, abi.encodeCall(Rogue.refuseAtLength, (limit + 1)));
        calls[1] = _call(0, ENOUGH, abi.encodeCall(Rogue.refuse, (9)));
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(0, new bytes(limit));
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(1, abi.encodeWithSelector(Rogue.Unwelcome.selector, 9));
        _execute(calls);
    }

    function test_longAnswersCostTheBatchNothing() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](3);
        // 400 000 bytes of memory cost their maker 300 000 gas and more; a copy would cost as much.
        calls[0] = _call(0, 800_000, abi.encodeCall(Rogue.refuseAtLength, (400_000)));
        calls[1] = _call(0, 800_000, abi.encodeCall(Rogue.answerAtLength, (400_000)));
        calls[2] = _call(0, ENOUGH, abi.encodeCall(Rogue.count, ()));
        uint256 before = gasleft();
        _execute(calls);
        vm.assertLe(before - gasleft(), 2 * 450_000 + 60_000, "the answers were copied");
        vm.assertEq(rogue.counted(), 1);
    }

    function test_callThatBurnsItsGasLeavesTheOthersTheirs() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](4);
        for (uint256 i; i < 3; ++i) {
            calls[i] = _call(1, 100_000, abi.encodeCall(Rogue.burnAllGas, ()));
        }
        calls[3] = _call(5, 60_000, abi.encodeCall(Rogue.count, ()));
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(2, "");
        vm.prank(lp);
        BatchExecutor(payable(lp)).execute{gas: 3 * (100_000 + 15_000) + 60_000 + 15_000}(calls);
        vm.assertEq(rogue.counted(), 1);
        vm.assertEq(address(rogue).balance, 5);
    }

    function test_callThatTheAccountCannotPayFailsAlone() external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](2);
        calls[0] = _call(lp.balance + 1, ENOUGH, abi.encodeCall(Rogue.count, ()));
        calls[1] = _call(1, ENOUGH, abi.encodeCall(Rogue.count, ()));
        _expectEvent(lp);
        emit BatchExecutor.CallFailed(0, "");
        _execute(calls);
        vm.assertEq(rogue.counted(), 1);
    }

    function testFuzz_outsiderCanDoNothingButPay(address caller, bytes calldata data, uint96 value) external {
        vm.assume(caller != lp);
        vm.deal(caller, value);
        uint256 balance = lp.balance;
        vm.recordLogs();
        vm.prank(caller);
        (bool succeeded,) = lp.call{value: value}(data);
        vm.assertTrue(succeeded == (data.length == 0));
        vm.assertEq(lp.balance, succeeded ? balance + value : balance);
        vm.assertEq(vm.getRecordedLogs().length, 0);
    }

    function testFuzz_failuresAreThoseThatFailed(uint16 pattern) external {
        BatchExecutor.Call[] memory calls = new BatchExecutor.Call[](16);
        uint256 failures;
        for (uint256 i; i < 16; ++i) {
            bool fails = pattern >> i & 1 == 1;
            if (fails) ++failures;
            calls[i] = _call(1, ENOUGH, fails ? abi.encodeCall(Rogue.refuse, (i)) : abi.encodeCall(Rogue.count, ()));
        }
        vm.recordLogs();
        _execute(calls);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, failures);
        for (uint256 i; i < logs.length; ++i) {
            uint256 index = uint256(logs[i].topics[1]);
            vm.assertEq(pattern >> index & 1, 1);
            vm.assertEq(
                keccak256(abi.decode(logs[i].data, (bytes))),
                keccak256(abi.encodeWithSelector(Rogue.Unwelcome.selector, index))
            );
        }
        vm.assertEq(rogue.counted(), 16 - failures);
        vm.assertEq(address(rogue).balance, 16 - failures);
    }

    function _execute(BatchExecutor.Call[] memory calls) private {
        vm.prank(lp);
        BatchExecutor(payable(lp)).execute(calls);
    }

    function _call(uint256 value, uint256 gas, bytes memory data) private view returns (BatchExecutor.Call memory) {
        return BatchExecutor.Call(address(rogue), value, gas, data);
    }

    function _fill(uint96 nonce) private view returns (BatchExecutor.Call memory) {
        bytes memory data = abi.encodeCall(FillManager.fillRequest, (SOURCE, address(token), receiver, AMOUNT, nonce));
        return BatchExecutor.Call(address(fillManager), 0, ENOUGH, data);
    }

    function _claimOf(bytes32 requestId) private view returns (BatchExecutor.Call memory) {
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestId, FILL_ID);
        return BatchExecutor.Call(address(manager), STAKE, ENOUGH, data);
    }

    function _withdrawal(uint96 claimId) private view returns (BatchExecutor.Call memory) {
        return BatchExecutor.Call(address(manager), 0, ENOUGH, abi.encodeWithSignature("withdraw(uint96)", claimId));
    }

    function _fillsBy(address filler, Vm.Log[] memory logs) private view returns (uint256 count) {
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].emitter != address(fillManager)) continue;
            (, address who,) = abi.decode(logs[i].data, (bytes32, address, uint256));
            if (who == filler) ++count;
        }
    }
}
