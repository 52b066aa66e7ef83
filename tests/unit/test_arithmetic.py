"""Arithmetic of a game: the rules' own numbers, in lines that an operator reads."""

from typing import Any

import pytest

from beamer_agent.actions.arithmetic import Arithmetic, arithmetic_of, is_unsettled
from beamer_agent.actions.proof import ProofProgress, Stage
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.types import Timestamp, Wei
from tests.decisions import claims_of
from tests.factories import (
    ALICE,
    BOB,
    FILL_ID,
    NOW,
    OTHER_FILL_ID,
    STAKE,
    TERMINATION,
    US,
    make_claim,
    make_fill_invalidated,
    make_request,
    make_request_filled,
)
from tests.made_games import make_progress
from tests.made_views import make_direction_view, make_funds

pytestmark = pytest.mark.unit


def false_claim(**changes: Any) -> Claim:
    """Of another, with a fill id that is not there."""
    values: dict[str, Any] = {"claimer": ALICE, "fill_id": OTHER_FILL_ID}
    return make_claim(**values | changes)


def proven_absent(**changes: Any) -> Request:
    """A request without a fill, as the target chain has said."""
    absence = make_fill_invalidated(fill_id=OTHER_FILL_ID)
    return make_request(invalidations={OTHER_FILL_ID: absence}, **changes)


def numbers_of(
    claim: Claim,
    request: Request | None = None,
    progress: ProofProgress | None = None,
    staked: int = 0,
    **view: Any,
) -> Arithmetic:
    """Of a single claim."""
    request = request or proven_absent()
    (numbers,) = arithmetic_of(
        request,
        claims_of(claim),
        make_direction_view(**view),
        lambda _: progress,
        Wei(staked),
    )
    return numbers


def texts(numbers: Arithmetic, word: str) -> list[str]:
    """What the lines say under a word."""
    return [text for key, text in numbers.lines() if key == word]


def test_all_numbers_have_their_line() -> None:
    """In one order, whatever they are."""
    words = [word for word, _ in numbers_of(false_claim(), progress=make_progress()).lines()]
    assert words == [
        *("claim", "claimer", "verdict", "stakes", "ahead", "ends", "bid", "proof", "cost"),
        *("gain", "now", "now"),
    ]


def test_first_challenge() -> None:
    """The minimum, and the room that the limits leave."""
    numbers = numbers_of(false_claim(), progress=make_progress(), staked=10**18)
    assert texts(numbers, "ahead") == ["the claimer"]
    assert texts(numbers, "ends") == [f"in 7200 s (at {TERMINATION})"]
    assert texts(numbers, "bid") == [
        "minimum 0.100000000000000001 ether, worthwhile 0 ether, room under the limits 1 ether"
    ]
    assert texts(numbers, "now")[0] == "bid 0.100000000000000001 ether"


def test_room_is_that_of_the_narrower_limit() -> None:
    """What is staked elsewhere counts; half of `max-total-stake` is kept for what is ours."""
    numbers = numbers_of(false_claim(), progress=make_progress(), staked=5 * 10**18 // 2 - STAKE)
    assert numbers.bid.room == STAKE
    assert texts(numbers, "now")[0] == "no bid: the bid would exceed the configured stake limits"


def test_worthwhile_bid_pays_for_the_proof() -> None:
    """It is what the rules bid."""
    claim = false_claim(
        claimer_stake=Wei(2 * STAKE + 1),
        challenger_stake_total=Wei(STAKE + 1),
        challenger_stakes={US: Wei(STAKE + 1)},
        last_challenger=US,
    )
    progress = make_progress(cost=Wei(45 * STAKE // 10), stage=Stage.PROVEN, step=None)
    numbers = numbers_of(claim, progress=progress)
    assert numbers.bid.worthwhile == 25 * STAKE // 10
    assert texts(numbers, "now") == [
        "bid 0.25 ether",
        "the proof is left alone: the proof changes nothing for us",
    ]


def test_our_side_is_ahead() -> None:
    """Then the minimum is the other side's."""
    claim = false_claim(
        challenger_stake_total=Wei(STAKE + 1),
        challenger_stakes={US: Wei(STAKE + 1)},
        last_challenger=US,
    )
    numbers = numbers_of(claim, progress=make_progress())
    assert texts(numbers, "ahead") == ["the challengers"]
    assert texts(numbers, "bid") == [
        "our side is ahead, the other needs 0.100000000000000001 ether; "
        "room under the limits 0.899999999999999999 ether"
    ]
    assert texts(numbers, "gain") == ["the proof gives us 0 ether more than the game as it stands"]


def test_proof_that_would_turn_the_game() -> None:
    """Its price stands beside what it gives, and the step that can be sent beside both."""
    claim = false_claim(
        claimer_stake=Wei(8 * STAKE),
        challenger_stake_total=Wei(5 * STAKE),
        challenger_stakes={US: Wei(5 * STAKE)},
        last_challenger=US,
    )
    numbers = numbers_of(claim, progress=make_progress())
    assert texts(numbers, "proof") == [
        "executable; matures in 0 s, the rest of its way takes up to 600 s"
    ]
    assert texts(numbers, "cost") == ["0.05 ether: 100 gas x 1 gwei"]
    assert texts(numbers, "gain") == [
        "the proof gives us 1.3 ether more than the game as it stands"
    ]
    assert texts(numbers, "now") == [
        "no bid: a proof arrives in time and wins more than it costs",
        "carry the proof one step: execute",
    ]


def test_proof_that_cannot_be_carried() -> None:
    """Without L1, or without an adapter."""
    progress = make_progress(is_resolvable=False, step=None, cost=Wei(0), arithmetic="no L1")
    (text,) = texts(numbers_of(false_claim(), progress=progress), "proof")
    assert text.startswith("executable, this agent cannot carry it; ")


def test_proof_that_nobody_has_looked_at() -> None:
    """A chain does not answer."""
    numbers = numbers_of(false_claim())
    assert texts(numbers, "proof") == ["its way could not be looked at"]
    assert texts(numbers, "cost") == []


def test_no_proof_yet() -> None:
    """The first thing to be done."""
    claim = false_claim(termination=Timestamp(NOW + 3_000))
    numbers = numbers_of(claim, make_request())
    assert texts(numbers, "verdict") == ["false: no fill is on the target chain"]
    assert texts(numbers, "proof") == ["none is sent on the target chain"]
    assert texts(numbers, "now") == [
        "have the target chain prove that this fill is not there",
        "no bid: the proof that there is no fill is not included yet",
    ]


def test_own_claim_that_is_out_bid() -> None:
    """It is ours to answer."""
    claim = make_claim(challenger_stake_total=Wei(STAKE + 1), challenger_stakes={BOB: STAKE + 1})
    request = make_request(fill=make_request_filled())
    numbers = numbers_of(claim, request, make_progress(stage=Stage.SENT, step=None))
    assert texts(numbers, "claimer") == [f"{US} (this agent)"]
    assert texts(numbers, "now")[0] == "bid 0.100000000000000001 ether"


def test_game_that_is_won() -> None:
    """All that is left is to take what the contract gives."""
    claim = false_claim(
        challenger_stake_total=Wei(STAKE + 1),
        challenger_stakes={US: Wei(STAKE + 1)},
        last_challenger=US,
        termination=NOW,
    )
    numbers = numbers_of(claim, progress=make_progress())
    assert texts(numbers, "now") == ["withdraw 0.200000000000000001 ether"]


def test_game_that_is_lost() -> None:
    """It is said, and the loss stands under the stakes."""
    claim = false_claim(
        claimer_stake=Wei(3 * STAKE),
        challenger_stake_total=Wei(2 * STAKE),
        challenger_stakes={US: Wei(2 * STAKE)},
        termination=NOW,
    )
    numbers = numbers_of(claim, progress=make_progress(stage=Stage.SENT, step=None))
    assert texts(numbers, "ends") == [f"in 0 s (at {NOW})"]
    assert "nothing to withdraw: the claim is invalid" in texts(numbers, "now")


def test_balance_that_does_not_cover_the_bid() -> None:
    """Nothing else keeps the agent from bidding."""
    funds = make_funds(native_balance=STAKE)
    numbers = numbers_of(false_claim(), progress=make_progress(), source_funds=funds)
    assert texts(numbers, "now")[0].startswith("no bid: the source chain's native balance")


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (make_claim(), False),
        (make_claim(challenger_stake_total=STAKE), True),
        (make_claim(fill_id=OTHER_FILL_ID), True),
        (make_claim(state="withdrawn", challenger_stake_total=STAKE), False),
        (false_claim(), True),
        (false_claim(termination=NOW), False),
        (false_claim(termination=NOW, challenger_stakes={US: STAKE}), True),
        (make_claim(claimer=ALICE), False),
    ],
    ids=[
        *("own claim", "own claim in a game", "own false claim", "paid out"),
        *("false claim", "over", "over, but ours is in it", "honest claim"),
    ],
)
def test_what_is_worth_a_look(claim: Claim, *, expected: bool) -> None:
    """Claims by which something can still be won or lost."""
    filler = US if claim.claimer == US else ALICE
    request = make_request(fill=make_request_filled(filler=filler, fill_id=FILL_ID))
    assert is_unsettled(claim, request, make_direction_view()) is expected
