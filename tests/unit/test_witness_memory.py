"""Witness: what is asked again, when, and what is forgotten."""

import pytest

from beamer_agent.types import BlockNumber
from beamer_agent.witness.docket import FORGET_SECONDS
from tests.factories import make_request_created
from tests.witnessing import (
    CREATED,
    DENIED,
    DEPTH,
    DOCKETS,
    FILL,
    POLL_PERIOD,
    UNKNOWN,
    UPHELD,
    Witnessing,
    down,
    has_request,
    lacks_request,
)

pytestmark = pytest.mark.unit


def test_what_is_not_upheld_is_looked_at_again_each_poll_period() -> None:
    """Not sooner, however often it is asked."""
    chain = lacks_request()
    witnessing = Witnessing([chain])
    assert witnessing.hear() is DENIED
    assert not witnessing.wake.is_set()
    assert witnessing.turn() == pytest.approx(POLL_PERIOD)
    assert chain.posts == 1
    chain.events.append(CREATED)
    witnessing.clock.advance(POLL_PERIOD)
    witnessing.turn()
    assert witnessing.witness.attests(CREATED, DEPTH) is UPHELD
    assert witnessing.changes == 2


def test_what_is_upheld_stays() -> None:
    """And is not asked again; the same event under more blocks is another question."""
    chain = has_request(head=CREATED.block_number + DEPTH)
    witnessing = Witnessing([chain])
    assert witnessing.hear() is UPHELD
    witnessing.clock.advance(FORGET_SECONDS - 1)
    assert witnessing.hear() is UPHELD
    assert chain.posts == 1
    assert witnessing.hear(depth=DEPTH + 1) is UNKNOWN
    assert chain.posts == 2


def test_an_event_that_stands_elsewhere_now_is_another_question() -> None:
    """After a reorganisation nothing of the old answer is left."""
    witnessing = Witnessing([has_request()])
    assert witnessing.hear() is UPHELD
    moved = make_request_created(block_number=BlockNumber(11))
    assert witnessing.witness.attests(moved, DEPTH) is UNKNOWN


def test_questions_are_forgotten_when_nobody_asks_any_more() -> None:
    """A minute after the last time; who asks later is answered anew."""
    chain = has_request()
    witnessing = Witnessing([chain])
    witnessing.hear()
    assert witnessing.turn() == pytest.approx(FORGET_SECONDS)
    witnessing.clock.advance(FORGET_SECONDS)
    assert witnessing.turn() is None
    assert witnessing.changes == 1
    assert witnessing.witness.attests(CREATED, DEPTH) is UNKNOWN


def test_who_waits_for_an_answer_is_told_before_it_is_forgotten() -> None:
    """On a chain that stands still nothing else would make the rules ask again."""
    witnessing = Witnessing([down()])
    witnessing.hear()
    witnessing.clock.advance(FORGET_SECONDS)
    assert witnessing.turn() is None
    assert witnessing.changes == 1


def test_a_step_asks_one_chain_only() -> None:
    """So that it lasts one deadline where both chains hang."""
    witnessing = Witnessing()
    witnessing.witness.attests(CREATED, DEPTH)
    witnessing.witness.attests_fill(FILL, DEPTH)
    witnessing.witness.attests_absence(FILL.request_id, FILL.fill_id, FILL.block_number)
    for _ in range(DOCKETS):
        before = len(witnessing.source.asked) + len(witnessing.target.asked)
        witnessing.witness.step()
        assert len(witnessing.source.asked) + len(witnessing.target.asked) == before + 1


def test_what_is_forgotten_is_told_beside_other_questions() -> None:
    """Although a look at these brings no news."""
    witnessing = Witnessing([down()])
    witnessing.witness.attests(CREATED, DEPTH)
    witnessing.clock.advance(FORGET_SECONDS)
    witnessing.witness.attests(CREATED, DEPTH + 1)
    witnessing.turn()
    assert witnessing.changes == 1


def test_questions_about_settled_requests_are_forgotten_at_once() -> None:
    """With thousands of transfers a minute they would be most of what is remembered."""
    witnessing = Witnessing()
    other = make_request_created(nonce=2, log_index=1)
    witnessing.witness.attests(other, DEPTH)
    witnessing.hear()
    witnessing.hear_fill()
    witnessing.witness.forget({CREATED.request_id})
    assert witnessing.witness.attests(CREATED, DEPTH) is UNKNOWN
    assert witnessing.witness.attests_fill(FILL, DEPTH) is UNKNOWN
    assert witnessing.witness.attests(other, DEPTH) is DENIED


def test_answer_about_a_request_that_is_settled_meanwhile_is_not_kept() -> None:
    """Nor does anybody have to look again because of it."""
    chain = has_request()
    witnessing = Witnessing([chain])

    def logs(_filter: object) -> list[object]:
        witnessing.witness.forget({CREATED.request_id})
        return []

    chain.on("eth_getLogs", logs)
    witnessing.witness.attests(CREATED, DEPTH)
    assert witnessing.turn() is None
    assert (chain.posts, witnessing.changes) == (1, 0)
