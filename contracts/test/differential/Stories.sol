// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {Place} from "./Reach.sol";
import {Settings} from "./Settings.sol";

/// @notice Longer moves with a plan, towards states that single random moves hardly ever come to.
abstract contract Stories is Settings {
    /// @notice A game is played out: some take their share, the sender perhaps the deposit, then others their share.
    function _settle(uint96 claimId) internal {
        IRequestManager.Claim memory claim = plain.claims(claimId);
        _reachTime(claim.termination);
        _payRound(claimId, 1 + _below(3));
        if (_chance(70)) {
            _reachTime(plain.requests(claim.requestId).validUntil);
            _withdrawExpired(claim.requestId);
        }
        _payRound(claimId, _below(8));
    }

    /// @notice A new request has one claim, and the game about it is played to its end.
    function _singleGame() internal {
        _create();
        _claimFor(_lastRequest());
        uint96 claimId = _lastClaim();
        _bidding(claimId);
        if (_chance(20)) {
            _invalidate();
        }
        _settle(claimId);
    }

    /// @notice Of two claims the older takes the deposit, which decides the younger one before its time.
    function _twoClaims() internal {
        _create();
        _claimFor(_lastRequest());
        uint96 older = _lastClaim();
        vm.warp(_now() + _below(40 minutes));
        _chance(40) ? _claimAgain(older) : _claimFor(_lastRequest());
        uint96 younger = _lastClaim();
        if (_chance(60)) {
            _bidding(younger);
        }
        _reachTime(plain.claims(older).termination);
        _payRound(older, 2);
        _payRound(younger, _below(4));
        _bidding(younger);
        _payRound(younger, _below(4));
    }

    /// @notice A claim in the very last moment, or just after it.
    function _lateClaim() internal {
        _create();
        bytes32 requestId = _lastRequest();
        _reachTime(plain.requests(requestId).validUntil + plain.claimRequestExtension() - _below(3));
        _claimFor(requestId);
    }

    /// @notice L1 knows of a fill, or of none, before the request is there: what it said must outlive the creation.
    function _proofBeforeRequest() internal {
        (uint256 chainId, address token, uint256 amount) = (chainList[_below(3)], _anyToken(), _magnitude(60));
        bytes32 requestId =
            keccak256(abi.encodePacked(HOME_CHAIN_ID, chainId, address(1), RECEIVER, amount, plain.currentNonce() + 1));
        bool invalid = _chance(60) && _invalidateAs(requestId, fillIds[0]);
        bool resolved = _chance(50) && _resolveAs(requestId, fillIds[0], _anyActor());
        _createWith(chainId, token, address(1), amount);
        bool created = _lastRequest() == requestId;
        _reachIf(created && invalid && !resolved, Place.InvalidatedBeforeCreated);
        _reachIf(created && resolved, Place.ResolvedBeforeCreated);

        _claimFor(_lastRequest());
        _bidding(_lastClaim());
        _payRound(_lastClaim(), _below(4));
    }

    function _lastRequest() private view returns (bytes32) {
        return requestIds.length == 0 ? bytes32(0) : requestIds[requestIds.length - 1];
    }

    function _lastClaim() private view returns (uint96) {
        return claimIds.length == 0 ? 0 : claimIds[claimIds.length - 1];
    }
}
