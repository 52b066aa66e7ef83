"""What the contract pays of a claim's stakes, held against books that are kept the slow way."""

from dataclasses import dataclass, field
from itertools import permutations
from random import Random

import pytest

from beamer_agent.actions.stakes import minimum_bid, own_stake, payout, won_stake
from beamer_agent.state.claim import Claim
from beamer_agent.types import Address
from tests.factories import ALICE, BOB, NOBODY, STAKE, US, make_address
from tests.made_games import game_claim, our_claim
from tests.made_views import TERMS

pytestmark = pytest.mark.unit

CAROL = make_address(6)
CHALLENGERS = (ALICE, BOB, CAROL)


@dataclass
class Books:
    """One claim of ours, by the words of `protocol.md` section 3: who put in what, and when."""

    claimer: list[int] = field(default_factory=lambda: [STAKE])
    bids: list[tuple[Address, int]] = field(default_factory=list)

    def play(self, random: Random) -> None:
        """A bid of the side that is behind: the minimum, or more."""
        more = random.choice((0, 1, STAKE // 3, 5 * STAKE))
        ahead = sum(self.claimer) - sum(stake for _, stake in self.bids)
        if ahead > 0:
            self.bids.append((random.choice(CHALLENGERS), ahead + 1 + more))
        else:
            self.claimer.append(STAKE - ahead + more)

    def claim(self) -> Claim:
        """As the agent knows it."""
        return our_claim(sum(self.claimer), *self.bids)

    def shares(self, *, is_valid: bool) -> dict[Address, int]:
        """Who takes what: all but the last challenger double their stakes, it takes the rest."""
        pot = sum(self.claimer) + sum(stake for _, stake in self.bids)
        if is_valid:
            return {US: pot}
        if not self.bids:
            return {}
        last = self.bids[-1][0]
        shares = {
            who: 2 * sum(stake for bidder, stake in self.bids if bidder == who)
            for who in {bidder for bidder, _ in self.bids} - {last}
        }
        return shares | {last: pot - sum(shares.values())}


def play(seed: int) -> Books:
    """Some bids of three challengers and the claimer."""
    random, books = Random(seed), Books()  # noqa: S311 - a game of numbers, no secret
    for _ in range(random.randrange(9)):
        books.play(random)
    return books


@pytest.mark.parametrize("is_valid", [True, False])
@pytest.mark.parametrize("seed", range(40))
def test_everybody_is_paid_what_the_books_say(seed: int, is_valid: bool) -> None:
    """And nobody else anything, and nothing is paid twice."""
    books = play(seed)
    claim, shares = books.claim(), books.shares(is_valid=is_valid)
    for account in (US, *CHALLENGERS, NOBODY):
        assert payout(claim, account, is_valid=is_valid) == shares.get(account, 0)


@pytest.mark.parametrize("seed", range(40))
def test_order_of_withdrawals_is_of_no_matter(seed: int) -> None:
    """Who has taken its part has nothing left; the others keep theirs."""
    books = play(seed)
    shares = books.shares(is_valid=False)
    for order in permutations(shares):
        claim = books.claim()
        for account in order:
            assert payout(claim, account, is_valid=False) == shares[account]
            del claim.challenger_stakes[account]
            assert payout(claim, account, is_valid=False) == 0


@pytest.mark.parametrize("seed", range(40))
def test_who_was_right_gets_more_than_it_gave(seed: int) -> None:
    """Every challenger of an invalid claim, and the claimer of a challenged valid one."""
    books = play(seed)
    claim = books.claim()
    for account in (US, *CHALLENGERS):
        if own_stake(claim, account) > 0 and books.bids:
            assert won_stake(claim, account) > 0


def test_story_of_the_protocol_is_paid_out() -> None:
    """Max 10, Alice 11, Max 11, Bob 16: 21 against 27."""
    claim = our_claim(21, (ALICE, 11), (BOB, 16))
    assert payout(claim, US, is_valid=True) == 48
    assert payout(claim, ALICE, is_valid=False) == 22
    assert payout(claim, BOB, is_valid=False) == 26
    assert (won_stake(claim, US), won_stake(claim, ALICE), won_stake(claim, BOB)) == (27, 11, 10)


def test_claim_that_nobody_challenged_pays_its_claimer_or_the_contracts_owner() -> None:
    """There is nobody to share it."""
    claim = our_claim()
    assert payout(claim, US, is_valid=True) == STAKE
    assert payout(claim, US, is_valid=False) == 0
    assert payout(game_claim(), US, is_valid=True) == 0


def test_own_stake_is_on_either_side() -> None:
    """A claimer's is all it has put in, a challenger's what it has not taken out."""
    claim = game_claim(3 * STAKE, (US, STAKE), (BOB, STAKE // 2), (US, 1))
    assert own_stake(claim, ALICE) == 3 * STAKE
    assert own_stake(claim, US) == STAKE + 1
    assert own_stake(claim, CAROL) == 0


@pytest.mark.parametrize("seed", range(40))
def test_minimum_bid_turns_the_game_and_a_wei_less_is_refused(seed: int) -> None:
    """Against the claim by one wei, for it by the claim stake."""
    claim = play(seed).claim()
    was_ahead, bid = claim.is_claimer_ahead, minimum_bid(claim, TERMS)
    before = claim.claimer_stake - claim.challenger_stake_total
    after = before - bid if was_ahead else before + bid
    assert after == (-1 if was_ahead else TERMS.stake)
