// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @title Numbers for pairs of source token and target chain
/// @notice A request stores the number of its route, 32 bits, in place of an address and a chain id.
abstract contract Routes {
    using SafeCast for uint256;

    /// @dev One word.
    struct Route {
        address token;
        uint64 targetChainId;
    }

    /// @dev 32 bits cannot be exhausted: each new route costs its first user two words of storage.
    uint32 private _routeCount;

    mapping(uint256 targetChainId => mapping(address token => uint32)) private _routeIds;
    mapping(uint256 routeId => Route) private _routes;

    /// @dev The first request of a route gives it its number.
    function _routeId(uint256 targetChainId, address token) internal returns (uint32 routeId) {
        routeId = _routeIds[targetChainId][token];
        if (routeId == 0) {
            routeId = ++_routeCount;
            _routeIds[targetChainId][token] = routeId;
            _routes[routeId] = Route(token, targetChainId.toUint64());
        }
    }

    function _route(uint32 routeId) internal view returns (Route storage) {
        return _routes[routeId];
    }
}
