// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {IRequestManager} from "../reference/IRequestManager.sol";
import {TestToken} from "../reference/Doubles.sol";
import {Operations} from "./Operations.sol";
import {Place} from "./Reach.sol";

/// @notice The random operations of the owner, and of time.
abstract contract Settings is Operations {
    /// @dev Someone else than the owner tries at times, and must be refused by both.
    function _asOwner(bytes memory data) internal returns (bool ok) {
        (ok,) = _apply(_chance(93) ? _owner() : _anyActor(), 0, data);
        _compareSettings();
    }

    function _updateFees() internal {
        uint32 minFee = uint32(_magnitude(_chance(90) ? 20 : 32));
        bool usual = _chance(70);
        uint32 lp = usual ? uint32(_below(20_000)) : uint32(_below(1_000_003));
        uint32 protocol = usual ? uint32(_below(20_000)) : uint32(_below(1_000_003));
        _asOwner(abi.encodeCall(IRequestManager.updateFees, (minFee, lp, protocol)));
    }

    function _updateToken(address token) internal {
        uint256 limit = _chance(80) ? type(uint128).max : _magnitude(128);
        uint256 ethInToken = _magnitude(_chance(85) ? 64 : 96);
        _asOwner(abi.encodeCall(IRequestManager.updateToken, (token, limit, ethInToken)));
    }

    function _updateChain(uint256 chainId) internal {
        uint256 finality = _chance(90) ? 1 + _below(2 hours) : _magnitude(25);
        uint256 cost = _magnitude(_chance(85) ? 60 : 128);
        uint256 weight = _chance(90) ? _below(1_000_000) : _below(1_000_010);
        _asOwner(abi.encodeCall(IRequestManager.updateChain, (chainId, finality, cost, weight)));
    }

    function _withdrawFees() internal {
        bool ok = _asOwner(abi.encodeCall(IRequestManager.withdrawProtocolFees, (_anyToken(), _anyActor())));
        _reachIf(ok, Place.FeesCollected);
    }

    function _allow(address lp) internal {
        _asOwner(abi.encodeCall(IRequestManager.addAllowedLp, (lp)));
    }

    /// @dev Withdrawing an LP's right is rarer than giving it, else soon nobody may claim.
    function _changeLps() internal {
        address lp = _anyActor();
        _asOwner(
            _chance(70)
                ? abi.encodeCall(IRequestManager.addAllowedLp, (lp))
                : abi.encodeCall(IRequestManager.removeAllowedLp, (lp))
        );
    }

    function _changeOwner() internal {
        address newOwner = _chance(95) ? actors[_below(actors.length - 1)] : address(0);
        _asOwner(abi.encodeCall(Ownable.transferOwnership, (newOwner)));
    }

    /// @dev A pause mostly ends at once; a paused manager must still pay out, and now and then a sequence goes on so.
    function _pause() internal {
        _asOwner(abi.encodeCall(IRequestManager.pause, ()));
        _create();
        if (_chance(80)) {
            _asOwner(abi.encodeCall(IRequestManager.unpause, ()));
        }
    }

    function _unpause() internal {
        _asOwner(abi.encodeCall(IRequestManager.unpause, ()));
    }

    function _addCaller() internal {
        address caller = _chance(90) ? _anyActor() : address(0);
        _asOwner(
            _chance(50)
                ? abi.encodeWithSignature("addCaller(address)", caller)
                : abi.encodeWithSignature("addCaller(uint256,address,address)", _anyChain(), caller, address(0))
        );
    }

    function _changeAllowance() internal {
        TestToken token = TestToken(_anyToken());
        _approve(_anyActor(), token, _chance(30) ? _magnitude(129) : type(uint256).max);
    }

    function _reachTime(uint256 moment) internal {
        if (moment > _now()) {
            vm.warp(moment);
        }
    }

    /// @dev Often to the very second at which something changes, and to its neighbours.
    function _passTime() internal {
        uint256 moment = _now() + _below(2 hours);
        uint256 kind = _below(10);
        if (kind < 6) {
            moment = plain.claims(_anyClaim()).termination;
        } else if (kind < 8) {
            moment = plain.requests(_anyRequest()).validUntil;
        } else if (kind == 8) {
            moment = plain.requests(_anyRequest()).validUntil + plain.claimRequestExtension();
        }
        _reachTime(moment + _below(3) - (moment == 0 ? 0 : 1));
    }
}
