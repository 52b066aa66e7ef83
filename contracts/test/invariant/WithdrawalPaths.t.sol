// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IRequestManager} from "../reference/IRequestManager.sol";
import {Handler} from "./Handler.sol";
import {Terms} from "./World.sol";

/// @notice Every path of the withdrawal rules by hand, with the amounts that `protocol.md` section 3 leads to.
/// @dev The names are those of its example: Max claims with 10, Alice and Bob challenge. All proofs take the real way
/// from the fill manager through the resolver; no rule is reached by impersonation.
contract WithdrawalPathsTest is Terms {
    uint256 private constant AMOUNT = 1e18;
    uint256 private constant TOKEN = 0;

    Handler private world;
    IRequestManager private manager;
    address private max;
    address private alice;
    address private bob;
    address private user;
    address private greedy;
    bytes32 private requestId;

    function setUp() public {
        world = new Handler();
        manager = world.manager();
        address[] memory actors = world.actorsList();
        (max, alice, bob, user, greedy) = (actors[0], actors[1], actors[2], actors[3], actors[4]);
        requestId = world.createRequest(user, TOKEN, AMOUNT, 30 minutes);
    }

    // ------------------------------------------------------------------ rule 1: resolved on L1

    function test_Rule1_ResolvedClaimIsValidAlthoughItIsOutBidAndNotTerminated() public {
        uint96 claimId = _claim(max, world.fillRequest(max, requestId));
        _bid(alice, claimId, 11);
        _prove();
        uint256 had = _balance(max);
        _pays(claimId, max, 10 + 11);
        require(
            _balance(max) - had == AMOUNT + manager.lpFee(TARGET, address(world.tokens(TOKEN)), AMOUNT), "the deposit"
        );
    }

    function test_Rule1_ClaimOfAnotherIsInvalidAlthoughItIsAhead() public {
        bytes32 fillId = world.fillRequest(bob, requestId);
        uint96 claimId = _claim(max, fillId);
        _bid(alice, claimId, 11);
        _bid(max, claimId, 11);
        _prove();
        _pays(claimId, max, 0);
        // The last challenger gains the 21 - 11 by which the claimer was ahead.
        _pays(claimId, alice, 2 * 11 + 10);
    }

    function test_Rule1_ClaimWithAnotherFillIdIsInvalidAlsoForTheFiller() public {
        world.fillRequest(max, requestId);
        uint96 claimId = _claim(max, WRONG_FILL);
        _prove();
        _paysOwner(claimId, 10);
    }

    function test_Rule1_ComesBeforeRule3() public {
        uint96 falseClaim = _claim(alice, WRONG_FILL);
        uint96 trueClaim = _claim(max, world.fillRequest(max, requestId));
        vm.warp(_now() + CLAIM_PERIOD);
        _pays(falseClaim, alice, 10);
        _prove();
        // The deposit is gone, the stake is not.
        _pays(trueClaim, max, 10);
    }

    // ------------------------------------------------------------------ rule 2: invalidated on L1

    function test_Rule2_InvalidatedClaimWithoutChallengersGoesToTheOwner() public {
        uint96 claimId = _claim(max, WRONG_FILL);
        _disprove();
        _paysOwner(claimId, 10);
    }

    function test_Rule2_LastChallengerLosesTheDifferenceWhenChallengersAreAhead() public {
        uint96 claimId = _protocolExample(WRONG_FILL);
        _disprove();
        _pays(claimId, alice, 2 * 11);
        _pays(claimId, bob, 2 * 16 - (27 - 21));
    }

    function test_Rule2_LastChallengerGainsTheDifferenceWhenTheClaimerIsAhead() public {
        uint96 claimId = _protocolExample(WRONG_FILL);
        _bid(max, claimId, 16);
        _disprove();
        _pays(claimId, bob, 2 * 16 + (37 - 27));
        _pays(claimId, alice, 2 * 11);
    }

    function test_Rule2_ComesBeforeRule3() public {
        uint96 first = _claim(max, WRONG_FILL);
        uint96 second = _claim(max, WRONG_FILL);
        vm.warp(_now() + CLAIM_PERIOD);
        _pays(first, max, 10);
        _disprove();
        _paysOwner(second, 10);
    }

    // ------------------------------------------------------------------ rule 3: the deposit has left

    function test_Rule3_SameClaimerAndFillIdIsValidBeforeItsTermination() public {
        bytes32 fillId = world.fillRequest(max, requestId);
        uint96 first = _claim(max, fillId);
        vm.warp(_now() + CLAIM_PERIOD / 2);
        uint96 second = _claim(max, fillId);
        _bid(bob, second, 11);
        vm.warp(_now() + CLAIM_PERIOD / 2);
        _pays(first, max, 10);
        _pays(second, max, 10 + 11);
    }

    function test_Rule3_AnotherClaimerOrFillIdIsInvalidAlthoughItIsAhead() public {
        bytes32 fillId = world.fillRequest(max, requestId);
        uint96 paid = _claim(max, fillId);
        uint96 otherFill = _claim(max, WRONG_FILL);
        uint96 otherClaimer = _claim(alice, fillId);
        _bid(bob, otherClaimer, 11);
        _bid(alice, otherClaimer, 11);
        vm.warp(_now() + CLAIM_PERIOD);
        _pays(paid, max, 10);
        _paysOwner(otherFill, 10);
        _pays(otherClaimer, bob, 2 * 11 + 10);
    }

    function test_Rule3_ExpiredDepositMakesTheRestOfAClaimInvalid() public {
        uint96 claimId = _protocolExample(WRONG_FILL);
        vm.warp(_now() + CLAIM_PERIOD + CHALLENGE_EXTENSION + FINALITY);
        _pays(claimId, alice, 2 * 11);
        require(world.expireRequest(user, requestId), "the first withdrawal has lowered activeClaims");
        _pays(claimId, max, 0);
        _pays(claimId, bob, 2 * 16 - (27 - 21));
    }

    // ------------------------------------------------------------------ rule 4: the game

    function test_Rule4_NothingIsPaidBeforeTermination() public {
        uint96 claimId = _claim(max, world.fillRequest(max, requestId));
        vm.warp(_now() + CLAIM_PERIOD - 1);
        _pays(claimId, max, 0);
        vm.warp(_now() + 1);
        _pays(claimId, max, 10);
    }

    function test_Rule4_ClaimerWhoIsAheadTakesAllStakes() public {
        uint96 claimId = _claim(max, WRONG_FILL);
        _bid(alice, claimId, 11);
        _bid(max, claimId, 11);
        _terminate(claimId);
        _pays(claimId, alice, 21 + 11); // whoever asks, it is the claimer's
        require(world.taken(claimId, max) == 32, "the claimer has got it");
    }

    function test_Rule4_ChallengersWhoAreAheadShareTheStakesInAnyOrder() public {
        uint96 claimId = _protocolExample(WRONG_FILL);
        uint96 again = _protocolExample(WRONG_FILL);
        _terminate(again);
        _pays(claimId, alice, 22);
        _pays(claimId, bob, 26);
        _pays(again, bob, 26);
        _pays(again, alice, 22);
    }

    function test_Rule4_FirstChallengeLeavesTimeForAProof() public {
        uint96 claimId = _claim(max, WRONG_FILL);
        vm.warp(_now() + CLAIM_PERIOD - 1);
        _bid(alice, claimId, 11);
        vm.warp(_now() + CHALLENGE_EXTENSION + FINALITY - 1);
        _pays(claimId, alice, 0);
        vm.warp(_now() + 1);
        _pays(claimId, alice, 21);
    }

    // ------------------------------------------------------------------ once only

    function test_NobodyIsPaidTwiceAndStrangersGetNothing() public {
        uint96 claimId = _protocolExample(WRONG_FILL);
        uint96 again = _protocolExample(WRONG_FILL);
        _terminate(again);
        _pays(claimId, user, 0);
        _paysOnce(claimId, bob, 26);
        _pays(claimId, max, 0);
        _paysOnce(claimId, alice, 22);
        _pays(claimId, bob, 0);
        _paysOnce(again, alice, 22);
        _paysOnce(again, bob, 26);
        _pays(again, alice, 0);
    }

    function test_StakeOnAClaimThatHasBegunToPayIsRefused() public {
        bytes32 fillId = world.fillRequest(max, requestId);
        uint96 paid = _claim(max, fillId);
        vm.warp(_now() + CLAIM_PERIOD - 1);
        uint96 claimId = _protocolExample(WRONG_FILL);
        vm.warp(_now() + 1);
        _pays(paid, max, 10);
        _pays(claimId, alice, 22);
        require(!world.challengeClaim(max, claimId, 16), "the shares are fixed");
    }

    /// @notice A claimer that calls back in the middle of its payment gets nothing more.
    function test_GreedyClaimerIsPaidOnce() public {
        bytes32 hooked = world.createRequest(user, 1, AMOUNT, 30 minutes);
        uint96 claimId = world.claimRequest(greedy, greedy, hooked, WRONG_FILL);
        _claim(max, WRONG_FILL);
        _terminate(claimId);
        _pays(claimId, greedy, 10);
        _pays(claimId, greedy, 0);
    }

    // ------------------------------------------------------------------ helpers

    /// @dev Max claims (10), Alice challenges (11), Max counters (11), Bob challenges (16).
    function _protocolExample(bytes32 fillId) private returns (uint96 claimId) {
        claimId = _claim(max, fillId);
        _bid(alice, claimId, 11);
        _bid(max, claimId, 11);
        _bid(bob, claimId, 16);
    }

    function _claim(address claimer, bytes32 fillId) private returns (uint96 claimId) {
        claimId = world.claimRequest(claimer, claimer, requestId, fillId);
        require(claimId != 0, "the claim is accepted");
    }

    function _bid(address bidder, uint96 claimId, uint256 value) private {
        require(world.challengeClaim(bidder, claimId, value), "the bid is accepted");
    }

    function _terminate(uint96 claimId) private {
        vm.warp(manager.claims(claimId).termination);
    }

    function _prove() private {
        world.carryLatestProof();
        require(manager.requests(requestId).filler != address(0), "the proof has arrived");
    }

    function _disprove() private {
        world.sendNonFillProof(alice, requestId, WRONG_FILL);
        world.carryLatestProof();
        require(manager.isInvalidFill(requestId, WRONG_FILL), "the proof has arrived");
    }

    /// @dev Someone else asks in the participant's name; the handler holds the payment against the ledger as well.
    function _pays(uint96 claimId, address participant, uint256 amount) private {
        require(world.withdraw(claimId, user, participant) == amount, "another amount");
    }

    function _paysOnce(uint96 claimId, address participant, uint256 amount) private {
        _pays(claimId, participant, amount);
        _pays(claimId, participant, 0);
    }

    function _paysOwner(uint96 claimId, uint256 amount) private {
        address owner = world.ownerAddress();
        uint256 had = owner.balance;
        _pays(claimId, user, amount);
        require(owner.balance - had == amount, "the owner gets it");
    }

    function _balance(address account) private view returns (uint256) {
        return world.tokens(TOKEN).balanceOf(account);
    }
}
