// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {GreedyActor} from "./Doubles.sol";
import {Ledger, Path} from "./Ledger.sol";

/// @notice What the players may do; every payment is held against the ledger at once.
/// @dev A refused move is no failure, a payment that the ledger does not know is: then the move reverts.
abstract contract Moves is Ledger {
    /// The fill that was really made, and by whom.
    mapping(bytes32 requestId => bytes32) internal _madeFill;
    mapping(bytes32 requestId => address) internal _madeBy;

    function createRequest(address sender, uint256 token, uint256 amount, uint256 validity)
        public
        returns (bytes32 requestId)
    {
        RequestEntry memory entry;
        entry.sender = sender;
        entry.token = token;
        entry.receiver = address(uint160(0xbeef));
        entry.amount = amount;
        entry.reward = manager.lpFee(TARGET, address(tokens[token]), amount);
        entry.protocolFee = manager.protocolFee(amount);
        entry.validUntil = _now() + validity;

        vm.prank(sender);
        requestId = manager.createRequest(
            TARGET, address(tokens[token]), address(targetToken), entry.receiver, amount, validity
        );
        entry.nonce = manager.currentNonce();
        requestIds.push(requestId);
        requestOf[requestId] = entry;
    }

    function fillRequest(address filler, bytes32 requestId) public returns (bytes32 fillId) {
        RequestEntry storage entry = requestOf[requestId];
        vm.chainId(TARGET);
        vm.prank(filler);
        try fillManager.fillRequest(SOURCE, address(targetToken), entry.receiver, entry.amount, entry.nonce) returns (
            bytes32 made
        ) {
            require(_madeBy[requestId] == address(0), "a request is filled once");
            (_madeBy[requestId], _madeFill[requestId]) = (filler, made);
            fillId = made;
        } catch {}
        vm.chainId(SOURCE);
    }

    function sendNonFillProof(address sender, bytes32 requestId, bytes32 fillId) public {
        RequestEntry storage entry = requestOf[requestId];
        vm.chainId(TARGET);
        vm.prank(sender);
        try fillManager.invalidateFill(
            SOURCE, address(targetToken), entry.receiver, entry.amount, entry.nonce, fillId
        ) {
            require(_madeFill[requestId] != fillId, "a fill that was made is not disproved");
        } catch {}
        vm.chainId(SOURCE);
    }

    function claimRequest(address payer, address claimer, bytes32 requestId, bytes32 fillId)
        public
        returns (uint96 claimId)
    {
        vm.prank(payer);
        try manager.claimRequest{value: STAKE}(claimer, requestId, fillId) returns (uint96 made) {
            claimId = made;
        } catch {
            return 0;
        }
        claimIds.push(claimId);
        claimOf[claimId].requestId = requestId;
        claimOf[claimId].claimer = claimer;
        claimOf[claimId].fillId = fillId;
        claimOf[claimId].claimerStake = STAKE;
        claimOf[claimId].termination = _now() + CLAIM_PERIOD;
        requestOf[requestId].unpaidClaims++;
    }

    function challengeClaim(address bidder, uint96 claimId, uint256 value) public returns (bool) {
        vm.prank(bidder);
        try manager.challengeClaim{value: value}(claimId) {
            _bookBid(claimId, bidder, value);
            return true;
        } catch {
            return false;
        }
    }

    /// @notice Withdraws, and demands that just the ledger's payment is made, or none when none is due.
    function withdraw(uint96 claimId, address caller, address participant) public returns (uint256 paid) {
        Due memory due = _due(claimId, participant);
        _tempt(claimId, due.withDeposit ? claimOf[claimId].requestId : bytes32(0));
        uint256 held = address(manager).balance;
        uint256 had = due.recipient.balance;
        RequestEntry storage entry = requestOf[claimOf[claimId].requestId];
        uint256 tokensHeld = tokens[entry.token].balanceOf(address(manager));

        vm.prank(caller);
        try manager.withdraw(participant, claimId) returns (address recipient) {
            require(due.owed, "paid although nothing is due");
            require(recipient == due.recipient, "paid to the wrong one");
        } catch {
            require(!due.owed, "refused although due");
        }
        paid = held - address(manager).balance;
        require(paid == due.stake, "paid another amount");
        require(due.recipient.balance - had == due.stake, "the recipient has got another amount");
        uint256 tokensPaid = tokensHeld - tokens[entry.token].balanceOf(address(manager));
        require(tokensPaid == (due.withDeposit ? entry.amount + entry.reward : 0), "deposit paid wrongly");
        if (due.owed) {
            _bookWithdrawal(claimId, due);
        }
    }

    function expireRequest(address caller, bytes32 requestId) public returns (bool due) {
        RequestEntry storage entry = requestOf[requestId];
        due = !entry.depositLeft && entry.unpaidClaims == 0 && _now() >= entry.validUntil;
        uint256 had = tokens[entry.token].balanceOf(entry.sender);
        _tempt(0, requestId);
        vm.prank(caller);
        try manager.withdrawExpiredRequest(requestId) {
            require(due, "refunded although not due");
            uint256 got = tokens[entry.token].balanceOf(entry.sender) - had;
            require(got == entry.amount + entry.reward + entry.protocolFee, "refunded another amount");
            entry.depositLeft = true;
            walked[Path.ExpiredDeposit]++;
        } catch {
            require(!due, "not refunded although due");
        }
    }

    /// @notice The latest proof arrives at the source chain.
    function carryLatestProof() external {
        carryUp(upward.count() - 1);
        carryDown(downward.count() - 1);
    }

    function carryUp(uint256 index) public {
        vm.chainId(L1);
        require(upward.carry(index), "the resolver accepts what the fill manager sent");
        vm.chainId(SOURCE);
    }

    function carryDown(uint256 index) public {
        if (!downward.carry(index)) {
            return;
        }
        bytes memory data = downward.dataOf(index);
        (bytes32 selector, bytes32 requestId, bytes32 fillId) = (bytes4(data), _word(data, 0), _word(data, 1));
        if (selector == IRequestManager.invalidateFill.selector) {
            invalidated[requestId][fillId] = true;
        } else {
            requestOf[requestId].filler = address(uint160(uint256(_word(data, 3))));
            requestOf[requestId].fillId = fillId;
            require(requestOf[requestId].filler == _madeBy[requestId], "only what was filled is resolved");
        }
    }

    function takeFees(uint256 token, address recipient) public {
        uint256 due = collectedFees[token];
        uint256 had = tokens[token].balanceOf(recipient);
        _tempt(0, bytes32(0));
        vm.prank(owner);
        try manager.withdrawProtocolFees(address(tokens[token]), recipient) {
            require(due > 0, "fees paid although there are none");
        } catch {
            require(due == 0, "fees refused");
        }
        require(tokens[token].balanceOf(recipient) - had == due, "another amount of fees");
        collectedFees[token] = 0;
    }

    /// @dev Tells the greedy one what to ask for once more when it comes.
    function _tempt(uint96 claimId, bytes32 requestId) private {
        GreedyActor(payable(actors[actors.length - 1])).want(claimId, requestId);
    }

    function _word(bytes memory data, uint256 index) private pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(data, 36), mul(index, 32)))
        }
    }
}
