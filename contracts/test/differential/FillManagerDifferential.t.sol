// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FillManager} from "../../src/FillManager.sol";
import {IMessenger} from "../../src/messengers/IMessenger.sol";
import {TestToken} from "../reference/Doubles.sol";
import {IFillManager, ReferenceFillManager} from "../reference/ReferenceFillManager.sol";
import {TestVm, Vm} from "../reference/TestVm.sol";

/// @dev Keeps what it was told last.
contract LastMessage {
    uint256 public count;
    bytes32 public digest;

    function sendMessage(address target, bytes calldata message) external {
        count++;
        digest = keccak256(abi.encode(target, message));
    }
}

/// @notice The fill manager and its plain twin take the same calls and cannot be told apart.
contract FillManagerDifferentialTest is TestVm {
    struct Outcome {
        bool ok;
        bytes32 result;
        bytes32 events;
        uint256 messages;
        bytes32 message;
        uint256 spent;
        uint256 received;
    }

    address private constant RECEIVER = address(0xbeef);
    uint256 private constant HOME = 10;

    IFillManager private real;
    IFillManager private plain;
    TestToken private token;
    address[] private actors;
    uint256 private fillsMade;
    uint256 private fillsDisproved;
    uint256 private refused;

    function setUp() public {
        vm.chainId(HOME);
        vm.roll(100);
        token = new TestToken("target");
        real = IFillManager(address(new FillManager(IMessenger(address(new LastMessage())))));
        plain = new ReferenceFillManager(address(new LastMessage()));
        for (uint256 i = 1; i <= 3; i++) {
            actors.push(vm.addr(i));
            token.mint(actors[i - 1], 2 ** 200);
            vm.startPrank(actors[i - 1]);
            token.approve(address(real), type(uint256).max);
            token.approve(address(plain), type(uint256).max);
            vm.stopPrank();
        }
    }

    /// @notice Random fills, proofs and settings have the same results, events, messages and payments.
    /// forge-config: default.fuzz.runs = 48
    function testFuzz_BehavesLikeTheReference(uint256 seed) public {
        _play(seed);
    }

    /// @notice The sequences contain all that matters.
    function test_SeededSequencesFillAndDisprove() public {
        _play(7);
        require(fillsMade > 3 && fillsDisproved > 3 && refused > 3, "too shallow");
    }

    function _play(uint256 seed) private {
        _seedWith(seed);
        uint256 resolverAt = _below(8);
        for (uint256 i = 0; i < 60; i++) {
            if (i == resolverAt || _chance(2)) {
                _same(_chance(90) ? address(this) : actors[0], abi.encodeCall(IFillManager.setResolver, (actors[1])));
            } else {
                _step(_below(10));
            }
        }
    }

    function _step(uint256 kind) private {
        if (kind < 4) {
            _fill();
        } else if (kind < 7) {
            _disprove();
        } else if (kind == 7) {
            vm.roll(Height(address(this)).height() + 1);
        } else {
            bytes memory data = kind == 8 || _chance(70)
                ? abi.encodeCall(IFillManager.addAllowedLp, (_anyActor()))
                : abi.encodeCall(IFillManager.removeAllowedLp, (_anyActor()));
            _same(_chance(90) ? address(this) : actors[0], data);
        }
    }

    function _fill() private {
        (uint256 source, uint256 amount, uint96 nonce) = _drawRequest();
        bytes memory data = abi.encodeCall(IFillManager.fillRequest, (source, address(token), RECEIVER, amount, nonce));
        fillsMade += _same(_anyActor(), data) ? 1 : 0;
        _compareFill(source, amount, nonce);
    }

    /// @dev Ids that were made, are being made, or never will be.
    function _disprove() private {
        (uint256 source, uint256 amount, uint96 nonce) = _drawRequest();
        bytes32 fillId = bytes32(_random());
        if (_chance(60)) {
            fillId = _chance(50) ? plain.fills(_id(source, amount, nonce)) : _currentFillId();
        }
        bytes memory data =
            abi.encodeCall(IFillManager.invalidateFill, (source, address(token), RECEIVER, amount, nonce, fillId));
        fillsDisproved += _same(_anyActor(), data) ? 1 : 0;
    }

    function _same(address caller, bytes memory data) private returns (bool) {
        Outcome memory a = _run(real, caller, data);
        Outcome memory b = _run(plain, caller, data);
        refused += b.ok ? 0 : 1;
        require(a.ok == b.ok, a.ok ? "only the real one accepts" : "only the real one refuses");
        require(keccak256(abi.encode(a)) == keccak256(abi.encode(b)), "events, messages, results or payments differ");
        require(real.l1Resolver() == plain.l1Resolver(), "resolver differs");
        for (uint256 i = 0; i < actors.length; i++) {
            require(real.allowedLps(actors[i]) == plain.allowedLps(actors[i]), "LPs differ");
        }
        return b.ok;
    }

    function _run(IFillManager manager, address caller, bytes memory data) private returns (Outcome memory outcome) {
        (uint256 had, uint256 receiverHad) = (token.balanceOf(caller), token.balanceOf(RECEIVER));
        bytes memory result;
        vm.recordLogs();
        vm.prank(caller);
        (outcome.ok, result) = address(manager).call(data);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; outcome.ok && i < logs.length; i++) {
            if (logs[i].emitter == address(manager)) {
                outcome.events = keccak256(abi.encode(outcome.events, logs[i].topics, logs[i].data));
            }
        }
        outcome.result = outcome.ok ? keccak256(result) : bytes32(0);
        outcome.messages = LastMessage(manager.messenger()).count();
        outcome.message = LastMessage(manager.messenger()).digest();
        outcome.spent = had - token.balanceOf(caller);
        outcome.received = token.balanceOf(RECEIVER) - receiverHad;
    }

    function _compareFill(uint256 source, uint256 amount, uint96 nonce) private view {
        bytes32 requestId = _id(source, amount, nonce);
        require(real.fills(requestId) == plain.fills(requestId), "fills differ");
    }

    /// @dev Few different requests, so that some are met twice.
    function _drawRequest() private returns (uint256 source, uint256 amount, uint96 nonce) {
        return (_chance(80) ? 42161 : type(uint64).max, _chance(80) ? 5 : _magnitude(128), uint96(_below(6)));
    }

    function _id(uint256 source, uint256 amount, uint96 nonce) private view returns (bytes32) {
        return keccak256(abi.encodePacked(source, HOME, address(token), RECEIVER, amount, nonce));
    }

    function _anyActor() private returns (address) {
        return actors[_below(actors.length)];
    }

    function _currentFillId() private view returns (bytes32) {
        return Height(address(this)).previousHash();
    }

    function height() external view returns (uint256) {
        return block.number;
    }

    function previousHash() external view returns (bytes32) {
        return blockhash(block.number - 1);
    }
}

/// @dev Asked from outside, because the optimiser may keep the block number over a `roll`.
interface Height {
    function height() external view returns (uint256);
    function previousHash() external view returns (bytes32);
}
