// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";

import {RequestManager} from "../../src/RequestManager.sol";
import {GateMessenger, RefusingActor, TestToken} from "../reference/Doubles.sol";
import {IRequestManager} from "../reference/IRequestManager.sol";
import {ReferenceRequestManager} from "../reference/ReferenceRequestManager.sol";
import {TestVm, Vm} from "../reference/TestVm.sol";

/// @notice Two request managers, the packed one and the plain one, that are always called with the same call.
/// @dev Both live on one chain, with the same actors, tokens and messenger, so request ids and event arguments must be
/// equal to the bit. Balances of the actors are compared by what each single call moves.
abstract contract Lockstep is TestVm {
    uint256 internal constant L1_CHAIN_ID = 1;
    uint256 internal constant HOME_CHAIN_ID = 42161;
    uint256 internal constant LARGEST_CHAIN_ID = type(uint64).max;
    uint256 internal constant START = 1_700_000_000;
    uint256 internal constant RICH = 2 ** 200;

    struct Outcome {
        bool ok;
        bytes result;
        bytes32 events;
        int256[] moved;
    }

    error Divergence(string what, bytes call_, bytes packedResult, bytes plainResult);

    IRequestManager internal packed;
    ReferenceRequestManager internal plain;

    TestToken[] internal tokenList;
    uint256[] internal chainList;
    address[] internal actors;
    /// The last of the actors: a contract that takes no native currency.
    address internal refuser;
    address internal resolver;
    address internal courier;

    bytes32[] internal requestIds;
    uint96[] internal claimIds;
    bytes32[] internal fillIds;

    function _deploy(uint96 stake, uint256 claimExtension, uint256 period, uint256 challengeExtension) internal {
        vm.chainId(HOME_CHAIN_ID);
        vm.warp(START);
        _createActors();
        vm.startPrank(actors[0]);
        packed = IRequestManager(address(new RequestManager(stake, claimExtension, period, challengeExtension)));
        plain = new ReferenceRequestManager(stake, claimExtension, period, challengeExtension);
        vm.stopPrank();
        _createTokens();
        chainList = [HOME_CHAIN_ID, 10, LARGEST_CHAIN_ID, 137];
        for (uint256 i = 1; i <= 3; i++) {
            fillIds.push(keccak256(abi.encode("fill", i)));
        }
    }

    /// @notice Calls both contracts and demands that nobody outside could tell them apart.
    function _apply(address caller, uint256 value, bytes memory data) internal returns (bool, bytes memory) {
        Outcome memory a = _run(address(packed), caller, value, data);
        Outcome memory b = _run(address(plain), caller, value, data);
        if (a.ok != b.ok) {
            revert Divergence(a.ok ? "only packed accepts" : "only packed refuses", data, a.result, b.result);
        }
        // Reasons are free: deployed contracts use strings, newer ones custom errors.
        if (a.ok && keccak256(a.result) != keccak256(b.result)) {
            revert Divergence("return value", data, a.result, b.result);
        }
        // forge also records what a refused call had said before it failed; nobody else ever sees that.
        if (a.ok && a.events != b.events) {
            revert Divergence("events", data, a.result, b.result);
        }
        if (keccak256(abi.encode(a.moved)) != keccak256(abi.encode(b.moved))) {
            revert Divergence("balances", data, abi.encode(a.moved), abi.encode(b.moved));
        }
        return (b.ok, b.result);
    }

    /// @notice Demands the same answer to one question, be it a value or a refusal.
    function _compare(bytes memory data) internal view {
        (bool packedOk, bytes memory packedResult) = address(packed).staticcall(data);
        (bool plainOk, bytes memory plainResult) = address(plain).staticcall(data);
        bool same = packedOk == plainOk && (!plainOk || keccak256(packedResult) == keccak256(plainResult));
        if (!same) {
            revert Divergence("getter", data, packedResult, plainResult);
        }
    }

    function _compareEverything() internal view {
        for (uint256 i = 0; i < requestIds.length; i++) {
            _compareRequest(requestIds[i]);
        }
        for (uint256 i = 0; i < claimIds.length; i++) {
            _compareClaim(claimIds[i]);
        }
        for (uint256 i = 0; i < actors.length; i++) {
            _compare(abi.encodeCall(IRequestManager.allowedLps, (actors[i])));
        }
        _compareCounters();
        _compareHoldings();
    }

    function _compareRequest(bytes32 requestId) internal view {
        _compare(abi.encodeCall(IRequestManager.requests, (requestId)));
        _compare(abi.encodeCall(IRequestManager.isWithdrawn, (requestId)));
        for (uint256 i = 0; i < fillIds.length; i++) {
            _compare(abi.encodeCall(IRequestManager.isInvalidFill, (requestId, fillIds[i])));
        }
    }

    function _compareClaim(uint96 claimId) internal view {
        _compare(abi.encodeCall(IRequestManager.claims, (claimId)));
    }

    function _compareFees(uint256 chainId, address token, uint256 amount) internal view {
        _compare(abi.encodeCall(IRequestManager.minLpFee, (chainId, token)));
        _compare(abi.encodeCall(IRequestManager.lpFee, (chainId, token, amount)));
        _compare(abi.encodeCall(IRequestManager.protocolFee, (amount)));
        _compare(abi.encodeCall(IRequestManager.totalFee, (chainId, token, amount)));
        _compare(abi.encodeCall(IRequestManager.transferableAmount, (chainId, token, amount)));
    }

    function _compareSettings() internal view {
        for (uint256 i = 0; i < chainList.length; i++) {
            _compare(abi.encodeCall(IRequestManager.chains, (chainList[i])));
        }
        for (uint256 i = 0; i < tokenList.length; i++) {
            _compare(abi.encodeCall(IRequestManager.tokens, (address(tokenList[i]))));
        }
        _compare(abi.encodeCall(IRequestManager.minFeePPM, ()));
        _compare(abi.encodeCall(IRequestManager.lpFeePPM, ()));
        _compare(abi.encodeCall(IRequestManager.protocolFeePPM, ()));
        _compare(abi.encodeCall(Ownable.owner, ()));
        _compare(abi.encodeCall(Pausable.paused, ()));
    }

    function _compareCounters() internal view {
        _compare(abi.encodeCall(IRequestManager.currentNonce, ()));
        for (uint256 i = 0; i < 3; i++) {
            _compare(abi.encodeCall(IRequestManager.callers, (L1_CHAIN_ID, i)));
            _compare(abi.encodeCall(IRequestManager.callers, (HOME_CHAIN_ID, i)));
        }
    }

    function _compareConstants() internal view {
        _compare(abi.encodeCall(IRequestManager.claimStake, ()));
        _compare(abi.encodeCall(IRequestManager.claimRequestExtension, ()));
        _compare(abi.encodeCall(IRequestManager.claimPeriod, ()));
        _compare(abi.encodeCall(IRequestManager.challengePeriodExtension, ()));
        _compare(abi.encodeCall(IRequestManager.MIN_VALIDITY_PERIOD, ()));
        _compare(abi.encodeCall(IRequestManager.MAX_VALIDITY_PERIOD, ()));
        _compare(abi.encodeCall(IRequestManager.CLAIM_ID_WITHDRAWN_EXPIRED, ()));
    }

    function _compareHoldings() private view {
        bool same = address(packed).balance == address(plain).balance;
        for (uint256 i = 0; i < tokenList.length; i++) {
            same = same && tokenList[i].balanceOf(address(packed)) == tokenList[i].balanceOf(address(plain));
        }
        if (!same) {
            revert Divergence("holdings", "", "", "");
        }
    }

    function _run(address manager, address caller, uint256 value, bytes memory data)
        private
        returns (Outcome memory outcome)
    {
        uint256[] memory before = _balances(manager);
        vm.recordLogs();
        vm.prank(caller);
        (outcome.ok, outcome.result) = manager.call{value: value}(data);
        outcome.events = _digest(vm.getRecordedLogs(), manager);
        outcome.moved = _difference(before, _balances(manager));
    }

    /// @dev Topics and data, in order, of what the manager itself says. What tokens say is covered by the balances.
    function _digest(Vm.Log[] memory logs, address manager) private pure returns (bytes32 digest) {
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == manager) {
                digest = keccak256(abi.encode(digest, logs[i].topics, logs[i].data));
            }
        }
    }

    function _balances(address manager) private view returns (uint256[] memory amounts) {
        uint256 columns = tokenList.length + 1;
        amounts = new uint256[]((actors.length + 1) * columns);
        for (uint256 i = 0; i <= actors.length; i++) {
            address holder = i == actors.length ? manager : actors[i];
            amounts[i * columns] = holder.balance;
            for (uint256 k = 0; k < tokenList.length; k++) {
                amounts[i * columns + k + 1] = tokenList[k].balanceOf(holder);
            }
        }
    }

    function _difference(uint256[] memory before, uint256[] memory afterwards)
        private
        pure
        returns (int256[] memory moved)
    {
        moved = new int256[](before.length);
        for (uint256 i = 0; i < before.length; i++) {
            moved[i] = int256(afterwards[i]) - int256(before[i]);
        }
    }

    function _createActors() private {
        for (uint256 i = 1; i <= 5; i++) {
            actors.push(vm.addr(i));
        }
        refuser = address(new RefusingActor());
        actors.push(refuser);
        for (uint256 i = 0; i < actors.length; i++) {
            vm.deal(actors[i], RICH);
        }
        resolver = vm.addr(100);
        courier = vm.addr(101);
        vm.deal(courier, RICH);
    }

    function _createTokens() private {
        tokenList.push(new TestToken("one"));
        tokenList.push(new TestToken("two"));
        for (uint256 i = 0; i < actors.length; i++) {
            for (uint256 k = 0; k < tokenList.length; k++) {
                tokenList[k].mint(actors[i], RICH);
                _approve(actors[i], tokenList[k], type(uint256).max);
            }
        }
    }

    function _approve(address holder, TestToken token, uint256 amount) internal {
        vm.startPrank(holder);
        token.approve(address(packed), amount);
        token.approve(address(plain), amount);
        vm.stopPrank();
    }

    function _installMessenger() internal {
        GateMessenger messenger = new GateMessenger(resolver, courier);
        bytes memory data =
            abi.encodeWithSignature("addCaller(uint256,address,address)", L1_CHAIN_ID, resolver, address(messenger));
        (bool ok,) = _apply(actors[0], 0, data);
        require(ok, "the messenger is accepted");
    }
}
