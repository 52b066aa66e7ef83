"""What the demo's thief does next, and what the end of an attack is called."""

from dataclasses import replace
from typing import Any

import pytest

from beamer_agent.devnet.attack import attack_settings
from beamer_agent.devnet.attack_summary import AttackSummary, Outcome
from beamer_agent.devnet.expenses import Expenses
from beamer_agent.devnet.games import GameBook
from beamer_agent.devnet.ploys import FalseBid, FalseClaim, Ploy, Trick, next_move
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.summary import Holdings
from beamer_agent.types import ClaimId, TokenAmount, Wei
from tests.story_of_claims import AGENT, FILL, OWNER, REQUEST, THIEF, ClaimStory

pytestmark = pytest.mark.unit

STAKE = Wei(10)
UNUSED: Any = None
"""The contracts: nothing here looks at them."""


def make_ploy(trick: Trick = Trick.INVENTED_FILL, answers: int = 0) -> Ploy:
    """A ploy on the story's request."""
    ploy = Ploy(trick, answers, UNUSED, UNUSED, "DAI", TokenAmount(1))
    ploy.request_id = REQUEST
    return ploy


@pytest.fixture
def book() -> GameBook:
    """A book that has heard of nothing."""
    return GameBook()


@pytest.fixture
def story(book: GameBook) -> ClaimStory:
    """What the book hears of."""
    return ClaimStory(book)


def test_invented_fill_is_claimed_as_soon_as_there_is_a_request(book: GameBook) -> None:
    """The thief waits for no fill; each request gets an invention of its own."""
    ploy = make_ploy(Trick.INVENTED_FILL)
    move = next_move(ploy, book, THIEF, STAKE)
    assert isinstance(move, FalseClaim)
    assert move.fill_id != FILL
    ploy.request_id = None
    assert next_move(ploy, book, THIEF, STAKE) is None


def test_foreign_fill_is_claimed_once_it_is_there(book: GameBook) -> None:
    """With the very fill id of the agent's fill."""
    ploy = make_ploy(Trick.FOREIGN_FILL)
    assert next_move(ploy, book, THIEF, STAKE) is None
    ploy.fill_id = FILL
    assert next_move(ploy, book, THIEF, STAKE) == FalseClaim(REQUEST, FILL)


def test_thief_bids_as_little_as_he_may_and_as_often_as_he_wants(
    book: GameBook, story: ClaimStory
) -> None:
    """His answer is what the contract asks for; then he gives up."""
    ploy = make_ploy(Trick.INVENTED_FILL, answers=1)
    story.stakes(10)
    assert next_move(ploy, book, THIEF, STAKE) is None
    story.stakes(10, 13)
    (game,) = book.games
    assert next_move(ploy, book, THIEF, STAKE) == FalseBid(game, Wei(13))
    story.stakes(23, 13)
    assert next_move(ploy, book, THIEF, STAKE) is None
    story.stakes(23, 30)
    assert next_move(ploy, book, THIEF, STAKE) is None


def test_honest_claim_is_challenged_again_and_again(book: GameBook, story: ClaimStory) -> None:
    """The challenger's minimum is one more than the difference."""
    ploy = make_ploy(Trick.FALSE_CHALLENGE, answers=1)
    assert next_move(ploy, book, THIEF, STAKE) is None
    story.stakes(10, claimer=AGENT)
    (game,) = book.games
    assert next_move(ploy, book, THIEF, STAKE) == FalseBid(game, Wei(11))
    story.stakes(10, 11, claimer=AGENT, challenger=THIEF)
    assert next_move(ploy, book, THIEF, STAKE) is None
    story.stakes(21, 11, claimer=AGENT, challenger=THIEF)
    assert next_move(ploy, book, THIEF, STAKE) == FalseBid(game, Wei(11))


def test_nobody_bids_after_the_ruling(book: GameBook, story: ClaimStory) -> None:
    """The contract would refuse it."""
    ploy = make_ploy(Trick.INVENTED_FILL, answers=9)
    story.stakes(10)
    story.stakes(10, 11)
    story.l1_says_absent(book.games[0].fill_id)
    assert next_move(ploy, book, THIEF, STAKE) is None


def test_games_of_one_request_are_told_apart(book: GameBook, story: ClaimStory) -> None:
    """The agent's own claim is no part of a thief's claim, nor the other way round."""
    story.stakes(10, claimer=AGENT)
    story.stakes(10, claimer=THIEF, claim_id=ClaimId(6))
    honest, false = book.games
    assert make_ploy(Trick.FOREIGN_FILL).game(book, THIEF) is false
    assert make_ploy(Trick.FALSE_CHALLENGE).game(book, THIEF) is honest


def test_fill_is_over_only_with_its_deposit(book: GameBook, story: ClaimStory) -> None:
    """The stakes of a game may leave before the deposit that the agent has paid for."""
    ploy = make_ploy(Trick.FOREIGN_FILL)
    assert not ploy.is_over(book, THIEF)
    story.stakes(10)
    story.stakes(10, 11)
    story.stakes_go_to(AGENT)
    assert not ploy.is_over(book, THIEF)
    ploy.deposit_receiver = AGENT
    assert ploy.is_over(book, THIEF)


def test_lost_game_is_over_without_a_deposit(book: GameBook, story: ClaimStory) -> None:
    """Nothing brings back the claim that the thief has out-bid."""
    story.stakes(10, 11, claimer=AGENT, challenger=THIEF)
    story.stakes_go_to(THIEF)
    assert make_ploy(Trick.FALSE_CHALLENGE).is_over(book, THIEF)


def won_attack(book: GameBook, story: ClaimStory) -> AttackSummary:
    """A false claim on the agent's fill, challenged and refuted: 10 wei won, 3 spent on gas."""
    ploy = make_ploy(Trick.FOREIGN_FILL)
    story.stakes(10)
    story.stakes(10, 11)
    ploy.deposit_receiver = AGENT
    story.stakes_go_to(AGENT)
    return AttackSummary(
        outcomes=[Outcome(ploy, book.games[0], AGENT)],
        thief=Holdings({"DAI": 0}, Wei(-12)),
        agent=Holdings({"DAI": 1}, Wei(7)),
        expenses=Expenses({"challengeClaim": 1}, 0, Wei(3)),
    )


def test_repelled_attack_has_no_faults(book: GameBook, story: ClaimStory) -> None:
    """All games won, the thief poorer, the agent richer by the stakes less gas."""
    summary = won_attack(book, story)
    assert summary.stakes_won == 10
    assert summary.faults() == []


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"thief": Holdings({"DAI": 1}, Wei(-12))}, "has DAI that were not his"),
        ({"thief": Holdings({"DAI": 0}, Wei(0))}, "has lost no stake"),
        ({"agent": Holdings({"DAI": -1}, Wei(7))}, "agent has lost DAI"),
        ({"agent": Holdings({"DAI": 1}, Wei(6))}, "misses 0.000000000000000001 ether"),
    ],
)
def test_every_loss_has_its_sentence(
    book: GameBook, story: ClaimStory, changes: dict[str, Any], fault: str
) -> None:
    """One thing wrong is one sentence."""
    (sentence,) = replace(won_attack(book, story), **changes).faults()
    assert fault in sentence


def test_agent_that_only_paid_gas_has_not_gained(book: GameBook, story: ClaimStory) -> None:
    """Stakes that do not cover the gas are no success."""
    summary = won_attack(book, story)
    poor = replace(
        summary,
        agent=Holdings({"DAI": 1}, Wei(-1)),
        expenses=replace(summary.expenses, gas=Wei(11)),
    )
    assert poor.faults() == ["The agent has not gained."]


def test_stakes_of_the_owner_are_no_win(book: GameBook, story: ClaimStory) -> None:
    """A refuted claim that the agent did not challenge: the thief is poorer, but the game lost."""
    story.stakes(10)
    story.stakes_go_to(OWNER)
    outcome = Outcome(make_ploy(), book.games[0], AGENT)
    assert not outcome.is_won
    assert outcome.won_stake == 0


def test_lost_stake_counts_against_the_agent(book: GameBook, story: ClaimStory) -> None:
    """What it has bid is gone with the game."""
    story.stakes(10)
    story.stakes(10, 11)
    story.stakes_go_to(THIEF)
    outcome = Outcome(make_ploy(), book.games[0], AGENT)
    assert not outcome.is_won
    assert outcome.won_stake == -11


def test_stolen_deposit_is_a_lost_game(book: GameBook, story: ClaimStory) -> None:
    """The agent has the stakes, but somebody else has what it paid out."""
    summary = won_attack(book, story)
    summary.outcomes[0].ploy.deposit_receiver = THIEF
    assert summary.faults() == ["The agent did not win game 1."]


def test_slow_chains_get_longer_periods() -> None:
    """A period holds at least as many blocks as at one a second; quick chains gain time."""
    usual = WorldSettings()
    assert attack_settings(0.5) == replace(usual, block_time=0.5)
    slow = attack_settings(4.0)
    assert slow.claim_period == 4 * usual.claim_period
    assert slow.finality_period == 4 * usual.finality_period
    assert slow.challenge_period_extension == 4 * usual.challenge_period_extension
