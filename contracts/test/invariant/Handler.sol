// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Moves} from "./Moves.sol";

/// @notice The moves of the players with random choices, for forge to call in random order.
contract Handler is Moves {
    constructor() {
        _build();
    }

    function ownerAddress() external view returns (address) {
        return owner;
    }

    function actorsList() external view returns (address[] memory) {
        return actors;
    }

    // ------------------------------------------------------------------ moves

    function request(uint256 seed) external {
        _seedWith(seed);
        createRequest(_anyActor(), _below(tokens.length), 1 + _magnitude(70), 30 minutes + _below(3 hours));
    }

    function fill(uint256 seed) external {
        _seedWith(seed);
        if (requestIds.length > 0) {
            if (_chance(70)) {
                vm.roll(_block() + 1);
            }
            fillRequest(_anyActor(), _anyRequest());
        }
    }

    function claim(uint256 seed) external {
        _seedWith(seed);
        if (requestIds.length == 0) {
            return;
        }
        bytes32 requestId = _anyRequest();
        bool honest = _madeBy[requestId] != address(0) && _chance(60);
        address claimer = honest ? _madeBy[requestId] : _anyActor();
        bytes32 fillId = honest || (_madeBy[requestId] != address(0) && _chance(30)) ? _madeFill[requestId] : WRONG_FILL;
        claimRequest(_chance(80) ? claimer : _anyActor(), claimer, requestId, fillId);
    }

    function challenge(uint256 seed) external {
        _seedWith(seed);
        if (claimIds.length > 0) {
            _anyBid(_anyClaim());
        }
    }

    function bidding(uint256 seed) external {
        _seedWith(seed);
        if (claimIds.length > 0) {
            uint96 claimId = _anyClaim();
            for (uint256 bids = 2 + _below(5); bids > 0; bids--) {
                _anyBid(claimId);
            }
        }
    }

    function takeOut(uint256 seed) external {
        _seedWith(seed);
        if (claimIds.length > 0) {
            withdraw(_anyClaim(), _anyActor(), _anyActor());
        }
    }

    /// @notice A game ends and some of its players come for their money, in any order.
    function settle(uint256 seed) external {
        _seedWith(seed);
        if (claimIds.length == 0) {
            return;
        }
        uint96 claimId = _anyClaim();
        if (_chance(80)) {
            _reachTime(claimOf[claimId].termination);
        }
        for (uint256 i = 1 + _below(4); i > 0; i--) {
            withdraw(claimId, _anyActor(), _anyActor());
        }
        expireRequest(_anyActor(), claimOf[claimId].requestId);
        for (uint256 i = _below(5); i > 0; i--) {
            withdraw(claimId, _anyActor(), _anyActor());
        }
    }

    function expire(uint256 seed) external {
        _seedWith(seed);
        if (requestIds.length > 0) {
            bytes32 requestId = _anyRequest();
            if (_chance(30)) {
                _reachTime(requestOf[requestId].validUntil);
            }
            expireRequest(_anyActor(), requestId);
        }
    }

    function disprove(uint256 seed) external {
        _seedWith(seed);
        if (claimIds.length > 0) {
            ClaimEntry storage entry = claimOf[_anyClaim()];
            sendNonFillProof(_anyActor(), entry.requestId, entry.fillId);
        }
    }

    /// @notice Some proof comes one or two steps nearer to the source chain.
    function carryProof(uint256 seed) external {
        _seedWith(seed);
        if (upward.count() > 0) {
            carryUp(upward.count() - 1 - _below(_min(upward.count(), 4)));
        }
        if (_chance(60) && downward.count() > 0) {
            carryDown(downward.count() - 1 - _below(_min(downward.count(), 4)));
        }
    }

    function pass(uint256 seed) external {
        _seedWith(seed);
        vm.warp(_now() + _below(50 minutes));
        vm.roll(_block() + 1 + _below(3));
    }

    function collectFees(uint256 seed) external {
        _seedWith(seed);
        takeFees(_below(tokens.length), _anyActor());
    }

    /// @notice Everybody takes what is due, after all games have ended; nothing may remain.
    function drain() external {
        _seedWith(0);
        vm.warp(_now() + 30 days);
        for (uint256 i = 0; i < claimIds.length; i++) {
            for (uint256 k = 0; k < actors.length; k++) {
                withdraw(claimIds[i], actors[k], actors[k]);
            }
        }
        for (uint256 i = 0; i < requestIds.length; i++) {
            expireRequest(owner, requestIds[i]);
        }
        for (uint256 i = 0; i < tokens.length; i++) {
            takeFees(i, owner);
        }
    }

    // ------------------------------------------------------------------ draws

    function _anyBid(uint96 claimId) private {
        ClaimEntry storage entry = claimOf[claimId];
        bool ahead = entry.claimerStake > entry.challengerStakes;
        uint256 needed = ahead
            ? entry.claimerStake - entry.challengerStakes + 1
            : entry.challengerStakes - entry.claimerStake + STAKE;
        uint256 extra = _chance(60) ? 0 : _below(50);
        challengeClaim(ahead ? _anyActor() : entry.claimer, claimId, needed + extra);
    }

    function _anyActor() private returns (address) {
        return actors[_below(actors.length)];
    }

    function _anyRequest() private returns (bytes32) {
        return requestIds[requestIds.length - 1 - _below(_min(requestIds.length, 4))];
    }

    /// @dev One of the latest claims, and rather one that is not paid out.
    function _anyClaim() private returns (uint96 claimId) {
        for (uint256 tries = 0; tries < 4; tries++) {
            claimId = claimIds[claimIds.length - 1 - _below(_min(claimIds.length, 6))];
            if (claimOf[claimId].paid < claimOf[claimId].claimerStake + claimOf[claimId].challengerStakes) {
                return claimId;
            }
        }
    }

    function _reachTime(uint256 moment) private {
        if (moment > _now()) {
            vm.warp(moment);
        }
    }

    function _block() private view returns (uint256) {
        return Height(address(this)).height();
    }

    function height() external view returns (uint256) {
        return block.number;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}

interface Height {
    function height() external view returns (uint256);
}
