// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

import {IRequestManager} from "../reference/IRequestManager.sol";
import {Place, Reach} from "./Reach.sol";

/// @notice The random operations of users, agents, challengers and L1.
/// @dev The draws are biased towards what carries the game on (the right caller, the needed stake, the claim at hand),
/// because evenly drawn calls are nearly all refused; a share of wrong ones stays in on purpose.
abstract contract Operations is Reach {
    address internal constant RECEIVER = address(0xbeef);

    /// Most moves are about one request, so that claims meet each other on it.
    bytes32 private _focus;

    // ------------------------------------------------------------------ requests

    function _create() internal {
        address token = _anyToken();
        uint256 amount = _drawAmount(plain.tokens(token).transferLimit);
        uint256 chainId = _chance(97) ? _anyChain() : _random();
        _createWith(chainId, token, address(uint160(_random())), amount);
    }

    function _createWith(uint256 chainId, address token, address targetToken, uint256 amount) internal {
        (bool ok, bytes memory result) = _apply(
            _anyActor(),
            0,
            abi.encodeCall(
                IRequestManager.createRequest, (chainId, token, targetToken, RECEIVER, amount, _drawValidity())
            )
        );
        _compareFees(chainId, token, amount);
        if (!ok) {
            _reach(Place.RequestRefused);
            return;
        }
        bytes32 requestId = abi.decode(result, (bytes32));
        requestIds.push(requestId);
        _noteRequest(requestId);
        _focus = _chance(60) ? requestId : _focus;
    }

    function _withdrawExpired(bytes32 requestId) internal {
        IRequestManager.Request memory request = plain.requests(requestId);
        (bool ok,) = _apply(_anyActor(), 0, abi.encodeCall(IRequestManager.withdrawExpiredRequest, (requestId)));
        _reachIf(ok, Place.RequestExpired);
        bool due = request.withdrawClaimId == 0 && request.activeClaims > 0 && _now() >= request.validUntil;
        _reachIf(!ok && due, Place.ExpiryRefusedForActiveClaim);
        _compareRequest(requestId);
    }

    // ------------------------------------------------------------------ claims

    function _claimFor(bytes32 requestId) internal {
        bytes32 fillId = _chance(98) ? _anyFill() : bytes32(0);
        address payer = _anyActor();
        uint256 value = _chance(95) ? plain.claimStake() : _magnitude(97);
        bytes memory data = _chance(70)
            ? abi.encodeWithSignature("claimRequest(bytes32,bytes32)", requestId, fillId)
            : abi.encodeWithSignature(
                "claimRequest(address,bytes32,bytes32)", _chance(98) ? _anyActor() : address(0), requestId, fillId
            );
        (bool ok, bytes memory result) = _apply(payer, value, data);
        _compareRequest(requestId);
        if (ok) {
            claimIds.push(abi.decode(result, (uint96)));
            _noteClaim(claimIds[claimIds.length - 1], payer);
        }
    }

    /// @notice The same claimer claims once more, with the same fill id.
    function _claimAgain(uint96 claimId) internal {
        IRequestManager.Claim memory claim = plain.claims(claimId);
        bytes memory data = abi.encodeWithSignature("claimRequest(bytes32,bytes32)", claim.requestId, claim.fillId);
        (bool ok, bytes memory result) = _apply(_senderFor(claim.claimer), plain.claimStake(), data);
        if (ok) {
            claimIds.push(abi.decode(result, (uint96)));
            _noteClaim(claimIds[claimIds.length - 1], claim.claimer);
        }
    }

    /// @notice Several bids in a row on one claim.
    function _bidding(uint96 claimId) internal {
        for (uint256 bids = 2 + _below(6); bids > 0; bids--) {
            _bid(claimId);
        }
    }

    function _challenge() internal {
        _bid(_anyOpenClaim());
    }

    function _bid(uint96 claimId) private {
        Before memory before = _look(claimId);
        bool ahead = before.claim.claimerStake > before.claim.challengerStakeTotal;
        address caller = ahead || _chance(10) ? _anyActor() : _senderFor(before.claim.claimer);
        uint256 value = _drawBid(before.claim, ahead);
        bool inTime = _now() < before.claim.termination;
        (bool ok,) = _apply(caller, value, abi.encodeCall(IRequestManager.challengeClaim, (claimId)));
        _noteBid(before, ok, caller, inTime);
        _compareClaim(claimId);
    }

    function _withdrawClaim() internal {
        uint96 claimId = _anyOpenClaim();
        _withdrawFor(claimId, _drawParticipant(claimId));
    }

    /// @notice Some of the actors ask one claim for their money, in any order.
    function _payRound(uint96 claimId, uint256 rounds) internal {
        for (uint256 i = 0; i < rounds; i++) {
            _withdrawFor(claimId, _drawParticipant(claimId));
        }
    }

    function _withdrawFor(uint96 claimId, address participant) private {
        Before memory before = _look(claimId);
        (bool ok,) = _chance(50)
            ? _apply(participant, 0, abi.encodeWithSignature("withdraw(uint96)", claimId))
            : _apply(_anyActor(), 0, abi.encodeWithSignature("withdraw(address,uint96)", participant, claimId));
        _noteWithdrawal(before, ok, participant);
        _compareClaim(claimId);
        _compareRequest(before.claim.requestId);
    }

    // ------------------------------------------------------------------ L1

    function _resolve() internal {
        (bytes32 requestId, bytes32 fillId, address filler, bool open) = _drawDecision();
        _reachIf(_resolveAs(requestId, fillId, filler) && open, Place.ResolvedInMidGame);
    }

    function _resolveAs(bytes32 requestId, bytes32 fillId, address filler) internal returns (bool ok) {
        bool wasInvalid = plain.isInvalidFill(requestId, fillId);
        (ok,) = _apply(
            _chance(95) ? courier : _anyActor(),
            0,
            abi.encodeCall(IRequestManager.resolveRequest, (requestId, fillId, _drawOrigin(), filler))
        );
        _reachIf(ok && wasInvalid, Place.InvalidMarkCleared);
        _compareRequest(requestId);
    }

    function _invalidate() internal {
        (bytes32 requestId, bytes32 fillId,, bool open) = _drawDecision();
        _reachIf(_invalidateAs(requestId, fillId) && open, Place.InvalidatedInMidGame);
    }

    function _invalidateAs(bytes32 requestId, bytes32 fillId) internal returns (bool ok) {
        (ok,) = _apply(
            _chance(95) ? courier : _anyActor(),
            0,
            abi.encodeCall(IRequestManager.invalidateFill, (requestId, fillId, _drawOrigin()))
        );
        _compareRequest(requestId);
    }

    // ------------------------------------------------------------------ draws

    /// @dev A claim's own data mostly, so that a decision hits a game; at times a fill or filler that fits no claim.
    function _drawDecision() private returns (bytes32 requestId, bytes32 fillId, address filler, bool open) {
        IRequestManager.Claim memory claim = plain.claims(_anyClaim());
        requestId = _chance(90) ? claim.requestId : _anyRequest();
        fillId = _chance(80) ? claim.fillId : _anyFill();
        filler = _chance(70) && claim.claimer != address(0) ? claim.claimer : _anyActor();
        open = claim.challengerStakeTotal > 0 && _now() < claim.termination;
    }

    function _drawOrigin() private returns (uint256) {
        return _chance(96) ? L1_CHAIN_ID : _anyChain();
    }

    function _drawAmount(uint256 limit) private returns (uint256) {
        uint256 kind = _below(10);
        if (kind == 0) {
            return limit;
        }
        if (kind == 1 && _chance(50)) {
            return limit + 1;
        }
        return _min(kind < 6 ? _magnitude(80) : _magnitude(128), limit);
    }

    function _drawValidity() private returns (uint256) {
        uint256 kind = _below(20);
        if (kind == 0) {
            return 30 minutes - 1;
        }
        if (kind == 1) {
            return 48 hours + 1;
        }
        if (kind == 2) {
            return 48 hours;
        }
        return kind < 12 ? 30 minutes : 30 minutes + _below(10 hours);
    }

    function _drawBid(IRequestManager.Claim memory claim, bool claimerAhead) private returns (uint256) {
        uint256 needed = claimerAhead
            ? claim.claimerStake - claim.challengerStakeTotal + 1
            : uint256(claim.challengerStakeTotal) - claim.claimerStake + plain.claimStake();
        uint256 kind = _below(20);
        if (kind < 14) {
            return needed;
        }
        if (kind < 16) {
            return needed - 1;
        }
        return kind < 19 || _chance(60) ? needed + _magnitude(64) : _magnitude(98);
    }

    function _drawParticipant(uint96 claimId) private returns (address) {
        uint256 kind = _below(10);
        IRequestManager.Claim memory claim = plain.claims(claimId);
        if (kind < 2) {
            return _senderFor(claim.claimer);
        }
        if (kind < 4) {
            return _senderFor(claim.lastChallenger);
        }
        address participant = _anyActor();
        for (uint256 tries = _below(8); tries > 0 && plain.challengerStakeOf(claimId, participant) == 0; tries--) {
            participant = _anyActor();
        }
        return participant;
    }

    function _anyActor() internal returns (address) {
        return actors[_below(actors.length)];
    }

    function _anyToken() internal returns (address) {
        return address(tokenList[_below(tokenList.length)]);
    }

    /// @dev The fourth starts without a finality period.
    function _anyChain() internal returns (uint256) {
        return chainList[_chance(92) ? _below(3) : 3];
    }

    /// @dev Few different ones, so that claims often agree by chance.
    function _anyFill() internal returns (bytes32) {
        return fillIds[_below(10) < 6 ? 0 : _below(fillIds.length)];
    }

    function _anyRequest() internal returns (bytes32) {
        if (requestIds.length == 0 || _chance(3)) {
            return bytes32(_random());
        }
        return _chance(60) ? _focus : requestIds[_below(requestIds.length)];
    }

    function _anyClaim() internal returns (uint96) {
        if (claimIds.length == 0 || _chance(3)) {
            return uint96(_random());
        }
        uint96 claimId = claimIds[_below(claimIds.length)];
        for (uint256 tries = _below(6); tries > 0 && plain.claims(claimId).requestId != _focus; tries--) {
            claimId = claimIds[_below(claimIds.length)];
        }
        return claimId;
    }

    /// @dev One that is not paid out yet, if it is easily found.
    function _anyOpenClaim() internal returns (uint96 claimId) {
        claimId = _anyClaim();
        for (uint256 tries = _below(8); tries > 0; tries--) {
            IRequestManager.Claim memory claim = plain.claims(claimId);
            if (claim.withdrawnAmount < uint256(claim.claimerStake) + claim.challengerStakeTotal) {
                return claimId;
            }
            claimId = _anyClaim();
        }
    }

    /// @dev An unknown claim has no claimer; nobody can call as zero.
    function _senderFor(address account) private returns (address) {
        return account == address(0) ? _anyActor() : account;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _owner() internal view returns (address) {
        return Ownable(address(plain)).owner();
    }
}
