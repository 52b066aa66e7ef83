// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {TestVm} from "../reference/TestVm.sol";
import {Handler} from "./Handler.sol";
import {Ledger, Path} from "./Ledger.sol";

/// @notice What holds after whatever users, agents, challengers and L1 have done, in whatever order.
/// @dev Besides the invariants below the handler itself holds every single payment against its ledger.
contract RequestManagerInvariantsTest is TestVm {
    Handler private handler;
    IRequestManager private manager;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    /// @dev forge prints these with `-vv`.
    event log_named_uint(string key, uint256 value);

    function setUp() public {
        handler = new Handler();
        manager = handler.manager();
    }

    /// @dev forge asks for the contracts and functions to play with.
    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), _moves());
    }

    /// @notice The native balance is the sum of the stakes not yet paid out.
    /// forge-config: default.invariant.runs = 24
    /// forge-config: default.invariant.depth = 120
    /// forge-config: default.invariant.fail-on-revert = true
    function invariant_MoneyAndBooksAgree() public view {
        _nativeBalanceIsUnpaidStakes();
        _tokenBalanceIsOpenDepositsAndFees();
        _noClaimPaysMoreThanItsStakes();
        _activeClaimsAreTheUnpaidOnes();
    }

    /// @notice At the end of every run everything can be taken out, to the last wei.
    function afterInvariant() public {
        handler.drain();
        require(address(manager).balance == 0, "stakes remain");
        for (uint256 i = 0; i < 2; i++) {
            require(handler.tokens(i).balanceOf(address(manager)) == 0, "tokens remain");
        }
    }

    /// @notice A fixed run of the same moves walks every path of the withdrawal rules, so the random ones can too.
    function test_SeededRunWalksEveryPath() public {
        vm.pauseGasMetering();
        bytes4[] memory moves = _moves();
        for (uint256 i = 0; i < 3_000; i++) {
            uint256 seed = uint256(keccak256(abi.encode("walk", i)));
            (bool ok, bytes memory reason) =
                address(handler).call(abi.encodeWithSelector(moves[seed % moves.length], seed));
            require(ok, string.concat("a move fails: ", string(reason)));
        }
        invariant_MoneyAndBooksAgree();
        afterInvariant();
        for (uint256 i = 0; i <= uint256(type(Path).max); i++) {
            emit log_named_uint(string.concat("times on path ", vm.toString(i)), handler.walked(Path(i)));
            require(handler.walked(Path(i)) > 0, "a path is not walked");
        }
    }

    function _moves() private pure returns (bytes4[] memory moves) {
        moves = new bytes4[](13);
        moves[0] = Handler.request.selector;
        moves[1] = Handler.fill.selector;
        moves[2] = Handler.claim.selector;
        moves[3] = Handler.claim.selector;
        moves[4] = Handler.challenge.selector;
        moves[5] = Handler.bidding.selector;
        moves[6] = Handler.takeOut.selector;
        moves[7] = Handler.settle.selector;
        moves[8] = Handler.expire.selector;
        moves[9] = Handler.disprove.selector;
        moves[10] = Handler.carryProof.selector;
        moves[11] = Handler.pass.selector;
        moves[12] = Handler.collectFees.selector;
    }

    function _nativeBalanceIsUnpaidStakes() private view {
        require(address(manager).balance == handler.stakesHeld(), "native balance and open stakes differ");
        uint256 open;
        for (uint256 i = 0; i < handler.claimsCount(); i++) {
            IRequestManager.Claim memory claim = manager.claims(handler.claimIds(i));
            open += uint256(claim.claimerStake) + claim.challengerStakeTotal - claim.withdrawnAmount;
        }
        require(address(manager).balance == open, "native balance and the manager's books differ");
    }

    function _tokenBalanceIsOpenDepositsAndFees() private view {
        for (uint256 i = 0; i < 2; i++) {
            uint256 fees = manager.tokens(address(handler.tokens(i))).collectedProtocolFees;
            require(fees == handler.collectedFees(i), "collected fees differ");
            uint256 balance = handler.tokens(i).balanceOf(address(manager));
            require(balance == handler.depositsHeld(i) + fees, "token balance and open deposits differ");
        }
    }

    function _noClaimPaysMoreThanItsStakes() private view {
        for (uint256 i = 0; i < handler.claimsCount(); i++) {
            uint96 claimId = handler.claimIds(i);
            Ledger.ClaimEntry memory claim = handler.claimEntry(claimId);
            require(claim.paid <= claim.claimerStake + claim.challengerStakes, "more than C + S has left");
            _nobodyGetsMoreThanTheirShare(claimId);
        }
    }

    function _nobodyGetsMoreThanTheirShare(uint96 claimId) private view {
        address[] memory actors = handler.actorsList();
        for (uint256 i = 0; i < actors.length; i++) {
            require(handler.taken(claimId, actors[i]) <= handler.shareLimit(claimId, actors[i]), "paid twice");
        }
        address owner = handler.ownerAddress();
        require(handler.taken(claimId, owner) <= handler.shareLimit(claimId, owner), "the owner is paid twice");
    }

    function _activeClaimsAreTheUnpaidOnes() private view {
        for (uint256 i = 0; i < handler.requestsCount(); i++) {
            bytes32 requestId = handler.requestIds(i);
            uint256 unpaid = handler.requestEntry(requestId).unpaidClaims;
            require(manager.requests(requestId).activeClaims == unpaid, "active claims differ");
            require(manager.isWithdrawn(requestId) == handler.requestEntry(requestId).depositLeft, "deposit differs");
        }
    }
}
