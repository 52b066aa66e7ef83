// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {World} from "./World.sol";

/// @dev The ways in which a withdrawal can go.
enum Path {
    Rule1Valid,
    Rule1Invalid,
    Rule2Invalid,
    Rule3Valid,
    Rule3Invalid,
    Rule3Expired,
    Rule4Valid,
    Rule4Invalid,
    LastChallengerGains,
    LastChallengerLoses,
    EarlierChallenger,
    ShareAfterShare,
    OwnerWithoutChallengers,
    ClaimerWithDeposit,
    ClaimerWithoutDeposit,
    ExpiredDeposit
}

/// @notice The books of the players: who has put in what and who may take out what, by `protocol.md` alone.
/// @dev Written from what was called and what came back, never from the manager's own books.
abstract contract Ledger is World {
    struct RequestEntry {
        address sender;
        uint256 token;
        address receiver;
        uint256 amount;
        uint96 nonce;
        uint256 reward;
        uint256 protocolFee;
        uint256 validUntil;
        // L1's word
        address filler;
        bytes32 fillId;
        // the deposit
        bool depositLeft;
        uint96 winner;
        uint256 unpaidClaims;
    }

    struct ClaimEntry {
        bytes32 requestId;
        address claimer;
        bytes32 fillId;
        uint256 claimerStake;
        uint256 challengerStakes;
        address lastChallenger;
        uint256 termination;
        uint256 paid;
    }

    struct Due {
        bool owed;
        address recipient;
        uint256 stake;
        bool withDeposit;
        Path rule;
        Path share;
    }

    bytes32[] public requestIds;
    uint96[] public claimIds;
    mapping(bytes32 requestId => RequestEntry) internal requestOf;
    mapping(uint96 claimId => ClaimEntry) internal claimOf;
    mapping(uint96 claimId => mapping(address challenger => uint256)) internal stakeOf;
    mapping(uint96 claimId => mapping(address recipient => uint256)) internal takenBy;
    mapping(bytes32 requestId => mapping(bytes32 fillId => bool)) internal invalidated;
    mapping(uint256 token => uint256) public collectedFees;
    mapping(Path => uint256) public walked;

    function claimsCount() external view returns (uint256) {
        return claimIds.length;
    }

    function requestsCount() external view returns (uint256) {
        return requestIds.length;
    }

    function requestEntry(bytes32 requestId) external view returns (RequestEntry memory) {
        return requestOf[requestId];
    }

    function claimEntry(uint96 claimId) external view returns (ClaimEntry memory) {
        return claimOf[claimId];
    }

    function taken(uint96 claimId, address recipient) external view returns (uint256) {
        return takenBy[claimId][recipient];
    }

    /// @return total Stakes that came in and have not gone out.
    function stakesHeld() external view returns (uint256 total) {
        for (uint256 i = 0; i < claimIds.length; i++) {
            ClaimEntry storage claim = claimOf[claimIds[i]];
            total += claim.claimerStake + claim.challengerStakes - claim.paid;
        }
    }

    /// @return total Deposits in a token that have not gone out.
    function depositsHeld(uint256 token) external view returns (uint256 total) {
        for (uint256 i = 0; i < requestIds.length; i++) {
            RequestEntry storage request = requestOf[requestIds[i]];
            if (request.token == token && !request.depositLeft) {
                total += request.amount + request.reward + request.protocolFee;
            }
        }
    }

    /// @notice The most that `account` may ever have got from a claim, whatever role it played.
    function shareLimit(uint96 claimId, address account) public view returns (uint256 limit) {
        ClaimEntry storage claim = claimOf[claimId];
        uint256 stakes = claim.claimerStake + claim.challengerStakes;
        if (account == claim.claimer) {
            return stakes;
        }
        if (account == owner && claim.challengerStakes == 0) {
            limit = claim.claimerStake;
        }
        uint256 surplus = claim.claimerStake > claim.challengerStakes ? claim.claimerStake - claim.challengerStakes : 0;
        limit += 2 * stakeOf[claimId][account] + (account == claim.lastChallenger ? surplus : 0);
    }

    /// @notice What a withdrawal in the name of `participant` must do now.
    function _due(uint96 claimId, address participant) internal view returns (Due memory due) {
        ClaimEntry storage claim = claimOf[claimId];
        uint256 stakes = claim.claimerStake + claim.challengerStakes;
        (bool decided, bool valid, Path rule) = _verdict(claimId);
        if (claim.claimer == address(0) || claim.paid == stakes || !decided) {
            return due;
        }
        due.rule = rule;
        if (valid) {
            // A late decision may follow shares that challengers have taken: then it is what they have left.
            due.recipient = claim.claimer;
            due.stake = stakes - claim.paid;
            due.withDeposit = !requestOf[claim.requestId].depositLeft;
            due.share = due.withDeposit ? Path.ClaimerWithDeposit : Path.ClaimerWithoutDeposit;
        } else if (claim.challengerStakes == 0) {
            due.recipient = owner;
            due.stake = claim.claimerStake;
            due.share = Path.OwnerWithoutChallengers;
        } else {
            _challengerDue(claimId, participant, due);
        }
        due.owed = due.stake > 0;
    }

    function _challengerDue(uint96 claimId, address participant, Due memory due) private view {
        ClaimEntry storage claim = claimOf[claimId];
        uint256 stake = stakeOf[claimId][participant];
        if (stake == 0 || takenBy[claimId][participant] > 0) {
            return;
        }
        due.recipient = participant;
        due.stake = 2 * stake;
        due.share = Path.EarlierChallenger;
        if (participant == claim.lastChallenger) {
            due.stake = due.stake + claim.claimerStake - claim.challengerStakes;
            bool gains = claim.claimerStake > claim.challengerStakes;
            due.share = gains ? Path.LastChallengerGains : Path.LastChallengerLoses;
        }
    }

    function _verdict(uint96 claimId) internal view returns (bool decided, bool valid, Path rule) {
        ClaimEntry storage claim = claimOf[claimId];
        RequestEntry storage request = requestOf[claim.requestId];
        if (request.filler != address(0)) {
            valid = request.filler == claim.claimer && request.fillId == claim.fillId;
            return (true, valid, valid ? Path.Rule1Valid : Path.Rule1Invalid);
        }
        if (invalidated[claim.requestId][claim.fillId]) {
            return (true, false, Path.Rule2Invalid);
        }
        if (request.depositLeft && request.winner == 0) {
            return (true, false, Path.Rule3Expired);
        }
        if (request.depositLeft) {
            ClaimEntry storage winner = claimOf[request.winner];
            valid = winner.claimer == claim.claimer && winner.fillId == claim.fillId;
            return (true, valid, valid ? Path.Rule3Valid : Path.Rule3Invalid);
        }
        valid = claim.claimerStake > claim.challengerStakes;
        return (_now() >= claim.termination, valid, valid ? Path.Rule4Valid : Path.Rule4Invalid);
    }

    function _bookWithdrawal(uint96 claimId, Due memory due) internal {
        ClaimEntry storage claim = claimOf[claimId];
        RequestEntry storage request = requestOf[claim.requestId];
        walked[due.rule]++;
        walked[due.share]++;
        if (claim.paid == 0) {
            request.unpaidClaims--;
        } else {
            walked[Path.ShareAfterShare]++;
        }
        claim.paid += due.stake;
        takenBy[claimId][due.recipient] += due.stake;
        if (due.withDeposit) {
            request.depositLeft = true;
            request.winner = claimId;
            collectedFees[request.token] += request.protocolFee;
        }
    }

    function _bookBid(uint96 claimId, address bidder, uint256 value) internal {
        ClaimEntry storage claim = claimOf[claimId];
        uint256 extension = CHALLENGE_EXTENSION;
        if (bidder == claim.claimer) {
            claim.claimerStake += value;
        } else {
            extension += claim.challengerStakes == 0 ? FINALITY : 0;
            claim.challengerStakes += value;
            claim.lastChallenger = bidder;
            stakeOf[claimId][bidder] += value;
        }
        if (_now() + extension > claim.termination) {
            claim.termination = _now() + extension;
        }
    }
}
