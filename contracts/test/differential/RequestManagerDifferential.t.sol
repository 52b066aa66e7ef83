// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Place} from "./Reach.sol";
import {Stories} from "./Stories.sol";

/// @notice Packing changed nothing: random sequences of everything anyone can do, on both contracts in lockstep.
contract RequestManagerDifferentialTest is Stories {
    uint256 private constant STEPS = 80;

    /// @dev forge prints these with `-vv`.
    event log_named_uint(string key, uint256 value);

    function setUp() public {
        vm.pauseGasMetering();
    }

    /// @notice The packed contract cannot be told from the plain one by events, answers, refusals or payments.
    /// forge-config: default.fuzz.runs = 64
    function testFuzz_PackedBehavesLikeTheReference(uint256 seed) public {
        _play(seed);
    }

    /// @notice The sequences are not shallow: a fixed set of them comes by every place of the protocol.
    function test_SeededSequencesReachEveryPlace() public {
        for (uint256 seed = 0; seed < 40; seed++) {
            _play(seed);
        }
        for (uint256 i = 0; i < PLACES; i++) {
            emit log_named_uint(string.concat("times at place ", vm.toString(i)), reached[i]);
        }
        for (uint256 i = 0; i < PLACES; i++) {
            require(reached[i] > 0, string.concat("never reached: place ", vm.toString(i)));
        }
    }

    function _play(uint256 seed) private {
        _seedWith(seed);
        _begin();
        for (uint256 i = 0; i < STEPS; i++) {
            // An own call per step, so that its memory is given back.
            this.step();
        }
        this.finish();
    }

    function _begin() private {
        delete tokenList;
        delete actors;
        delete requestIds;
        delete claimIds;
        delete fillIds;
        uint96[4] memory stakes = [uint96(10), 1, 0.01 ether, 2 ** 90];
        _deploy(stakes[_below(4)], _chance(50) ? 1 days : _below(1 hours), 1 hours, 1 + _below(1 hours));
        _compareConstants();
        _installMessenger();
        this.configure();
    }

    /// @notice A usual configuration, with drawn numbers.
    function configure() external {
        _updateFees();
        for (uint256 i = 0; i < 3; i++) {
            _updateChain(chainList[i]);
        }
        for (uint256 i = 0; i < tokenList.length; i++) {
            _updateToken(address(tokenList[i]));
        }
        for (uint256 i = 0; i < actors.length; i++) {
            _allow(actors[i]);
        }
        for (uint256 i = 0; i < 3; i++) {
            _create();
            _claimFor(_anyRequest());
        }
    }

    /// @notice One random operation.
    function step() external {
        uint256 kind = _below(100);
        if (kind < 56) {
            _playerStep(kind);
        } else if (kind < 74) {
            _outcomeStep(kind - 56);
        } else if (kind < 80) {
            _story(_below(10));
        } else {
            _otherStep(kind - 80);
        }
        _compareCounters();
    }

    /// @notice The last look at everything that was ever touched.
    function finish() external view {
        _compareEverything();
        _compareSettings();
    }

    function _story(uint256 kind) private {
        if (kind < 3) {
            _singleGame();
        } else if (kind < 6) {
            _twoClaims();
        } else if (kind < 7) {
            _lateClaim();
        } else {
            _proofBeforeRequest();
        }
    }

    function _playerStep(uint256 kind) private {
        if (kind < 6) {
            _create();
        } else if (kind < 16) {
            _claimFor(_anyRequest());
        } else if (kind < 20) {
            _claimAgain(_anyClaim());
        } else if (kind < 28) {
            _challenge();
        } else if (kind < 44) {
            _bidding(_anyOpenClaim());
        } else if (kind < 52) {
            _withdrawClaim();
        } else {
            _payRound(_anyOpenClaim(), 1 + _below(5));
        }
    }

    function _outcomeStep(uint256 kind) private {
        if (kind < 5) {
            _withdrawExpired(_anyRequest());
        } else if (kind < 7) {
            _resolve();
        } else if (kind < 10) {
            _invalidate();
        } else if (kind < 13) {
            _settle(_anyOpenClaim());
        } else {
            _passTime();
        }
    }

    function _otherStep(uint256 kind) private {
        function() internal[10] memory moves = [
            _passTime,
            _updateFees,
            _updateAnyToken,
            _updateAnyChain,
            _withdrawFees,
            _changeLps,
            _changeOwner,
            _pause,
            _unpause,
            _addCaller
        ];
        if (kind < moves.length) {
            moves[kind]();
        } else {
            kind < 14 ? _changeAllowance() : _withdrawClaim();
        }
    }

    function _updateAnyToken() private {
        _updateToken(_anyToken());
    }

    function _updateAnyChain() private {
        _updateChain(_anyChain());
    }
}
