"""The games of the demo, put together from events."""

import pytest

from beamer_agent.devnet.games import Bid, Game, GameBook, Ground, Payout, Ruling, Turn
from beamer_agent.types import ClaimId, Wei
from tests.factories import make_fill_id
from tests.story_of_claims import AGENT, FILL, OWNER, THIEF, ClaimStory

pytestmark = pytest.mark.unit


@pytest.fixture
def book() -> GameBook:
    """A book that has heard of nothing."""
    return GameBook()


@pytest.fixture
def story(book: GameBook) -> ClaimStory:
    """What the book hears of."""
    return ClaimStory(book)


def test_rounds_say_who_bid_how_much(book: GameBook, story: ClaimStory) -> None:
    """A bid is the difference of the stakes, made by the side whose stake has grown."""
    story.stakes(10)
    story.stakes(10, 11)
    story.stakes(21, 11)
    (game,) = book.games
    assert game.bids == [
        Bid(1, THIEF, Wei(10), Wei(10), Wei(0), 1.0),
        Bid(2, AGENT, Wei(11), Wei(10), Wei(11), 2.0),
        Bid(3, THIEF, Wei(11), Wei(21), Wei(11), 3.0),
    ]
    assert game.is_claimer_ahead
    assert (game.stake_of(THIEF), game.stake_of(AGENT)) == (21, 11)


def test_equal_ids_on_two_chains_are_two_games(book: GameBook, story: ClaimStory) -> None:
    """Each RequestManager counts its own claims."""
    story.stakes(10, chain="l2a")
    story.stakes(10, chain="l2b")
    assert [game.chain for game in book.games] == ["l2a", "l2b"]


def test_time_rules_when_nothing_else_has(book: GameBook, story: ClaimStory) -> None:
    """Stakes that leave without a word from L1 went to the higher bid."""
    story.stakes(10, 11, challenger=AGENT)
    story.stakes_go_to(AGENT)
    (game,) = book.games
    assert game.turns[1:] == [Ruling(Ground.TIME_OVER, 2.0), Payout(AGENT, Wei(21), 2.0)]
    assert game.is_over


def test_word_of_l1_is_told_when_it_arrives(book: GameBook, story: ClaimStory) -> None:
    """The ruling stands before the stakes are paid out, and ends no game by itself."""
    story.stakes(10, 11)
    story.l1_says_filled(AGENT)
    (game,) = book.games
    assert game.ruling == Ruling(Ground.FILL_PROVEN, 2.0)
    assert not game.is_over


def test_absence_of_another_fill_rules_nothing(book: GameBook, story: ClaimStory) -> None:
    """L1 speaks about one fill id, not about the request."""
    story.stakes(10, fill_id=FILL)
    story.stakes(10, claim_id=ClaimId(6), fill_id=make_fill_id(2))
    story.l1_says_absent(make_fill_id(2))
    first, second = book.games
    assert first.ruling is None
    assert second.ruling == Ruling(Ground.ABSENCE_PROVEN, 3.0)


def test_stronger_ground_replaces_a_weaker_one(book: GameBook, story: ClaimStory) -> None:
    """L1's word is above the withdrawal of the deposit, and not the other way round."""
    story.stakes(10, 11)
    story.deposit_goes_to(AGENT)
    story.l1_says_filled(AGENT)
    story.deposit_goes_to(AGENT)
    (game,) = book.games
    assert game.ruling == Ruling(Ground.FILL_PROVEN, 3.0)


def test_own_deposit_rules_no_game_that_is_paid_out(book: GameBook, story: ClaimStory) -> None:
    """The deposit leaves right after the stakes of the claim that took it."""
    story.stakes(10, claimer=AGENT)
    story.stakes_go_to(AGENT)
    story.deposit_goes_to(AGENT)
    (game,) = book.games
    assert game.ruling == Ruling(Ground.TIME_OVER, 2.0)


def test_refuted_claim_without_challenger_is_over(book: GameBook, story: ClaimStory) -> None:
    """Its stake belongs to the bridge's owner; nobody has to fetch it for the game to end."""
    story.stakes(10)
    story.deposit_goes_to(AGENT)
    (game,) = book.games
    assert game.is_over
    story.stakes_go_to(OWNER)
    assert game.payout == Payout(OWNER, Wei(10), 3.0)


def test_stakes_of_an_unknown_claim_change_nothing(book: GameBook, story: ClaimStory) -> None:
    """A book that begins late does not fall over what came before."""
    story.stakes_go_to(AGENT)
    assert book.games == []


def test_every_turn_is_told() -> None:
    """Whoever prints the games hears of each turn once, in order."""
    told: list[tuple[Game, Turn]] = []
    book = GameBook(lambda game, turn: told.append((game, turn)))
    story = ClaimStory(book)
    story.stakes(10)
    story.stakes(10, 11)
    story.l1_says_absent()
    story.stakes_go_to(AGENT)
    (game,) = book.games
    assert told == [(game, turn) for turn in game.turns]
    assert [type(turn) for _, turn in told] == [Bid, Bid, Ruling, Payout]
