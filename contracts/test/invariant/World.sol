// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {FillManager} from "../../src/FillManager.sol";
import {RequestManager} from "../../src/RequestManager.sol";
import {Resolver} from "../../src/Resolver.sol";
import {IMessenger} from "../../src/messengers/IMessenger.sol";
import {TestToken} from "../reference/Doubles.sol";
import {IRequestManager} from "../reference/IRequestManager.sol";
import {TestVm} from "../reference/TestVm.sol";
import {BridgeDouble, GreedyActor, HookToken} from "./Doubles.sol";

/// @notice The terms of the game in this world.
abstract contract Terms is TestVm {
    uint256 internal constant L1 = 1;
    uint256 internal constant SOURCE = 42161;
    uint256 internal constant TARGET = 10;
    uint256 internal constant START = 1_700_000_000;

    uint96 internal constant STAKE = 10;
    uint256 internal constant CLAIM_EXTENSION = 1 days;
    uint256 internal constant CLAIM_PERIOD = 1 hours;
    uint256 internal constant CHALLENGE_EXTENSION = 30 minutes;
    uint256 internal constant FINALITY = 20 minutes;
    bytes32 internal constant WRONG_FILL = keccak256("a fill that nobody made");
}

/// @notice The real contracts of a source chain, a target chain and L1, wired as in production, in one machine.
/// @dev Whoever acts sets the chain id of the chain it acts on; the source chain's is the one between actions.
abstract contract World is Terms {
    uint256 internal constant RICH = 2 ** 160;

    IRequestManager public manager;
    FillManager internal fillManager;
    Resolver internal resolver;
    /// Proofs from the target chain to L1, and from L1 to the source chain.
    BridgeDouble internal upward;
    BridgeDouble internal downward;

    TestToken[] public tokens;
    TestToken internal targetToken;
    address internal owner;
    /// Four accounts and a contract that tries to be paid twice; all of them are allowed LPs.
    address[] internal actors;

    function _build() internal {
        vm.chainId(SOURCE);
        vm.warp(START);
        vm.roll(1_000);
        owner = vm.addr(100);
        upward = new BridgeDouble();
        downward = new BridgeDouble();

        vm.startPrank(owner);
        manager =
            IRequestManager(address(new RequestManager(STAKE, CLAIM_EXTENSION, CLAIM_PERIOD, CHALLENGE_EXTENSION)));
        fillManager = new FillManager(IMessenger(address(upward)));
        resolver = new Resolver();
        _wire();
        _createTokens();
        _createActors();
        vm.stopPrank();
        _fund();
    }

    function _wire() private {
        fillManager.setResolver(address(resolver));
        resolver.addCaller(TARGET, address(fillManager), address(upward));
        resolver.addRequestManager(SOURCE, address(manager), address(downward));
        manager.addCaller(L1, address(resolver), address(downward));
        manager.updateFees(300_000, 1_000, 1_500);
        manager.updateChain(SOURCE, FINALITY, 1e15, 200_000);
        manager.updateChain(TARGET, FINALITY, 1e12, 300_000);
    }

    function _createTokens() private {
        tokens.push(new TestToken("plain"));
        tokens.push(new HookToken("hooks"));
        targetToken = new TestToken("target");
        for (uint256 i = 0; i < tokens.length; i++) {
            manager.updateToken(address(tokens[i]), type(uint128).max, 3_000e18);
        }
    }

    function _createActors() private {
        for (uint256 i = 1; i <= 4; i++) {
            actors.push(vm.addr(i));
        }
        actors.push(address(new GreedyActor(manager)));
        for (uint256 i = 0; i < actors.length; i++) {
            manager.addAllowedLp(actors[i]);
            fillManager.addAllowedLp(actors[i]);
        }
    }

    function _fund() private {
        for (uint256 i = 0; i < actors.length; i++) {
            vm.deal(actors[i], RICH);
            vm.startPrank(actors[i]);
            for (uint256 k = 0; k < tokens.length; k++) {
                tokens[k].mint(actors[i], RICH);
                tokens[k].approve(address(manager), type(uint256).max);
            }
            targetToken.mint(actors[i], RICH);
            targetToken.approve(address(fillManager), type(uint256).max);
            vm.stopPrank();
        }
    }
}
