"""Witness: whether a fill still stands, before it is claimed."""

import pytest

from beamer_agent.types import FillId
from tests.doubles import ErrorObject
from tests.factories import ALICE, OTHER_FILL_ID, block_hash, make_request_filled
from tests.witnessing import (
    DENIED,
    DEPTH,
    FILL,
    POLL_PERIOD,
    UNKNOWN,
    UPHELD,
    Witnessing,
    down,
    has_fill,
)

pytestmark = pytest.mark.unit


def test_a_fill_that_stands_is_upheld_by_one_endpoint() -> None:
    """Others may be down: a claim that comes too late is lost as well."""
    assert Witnessing(target=[down(), has_fill()]).hear_fill() is UPHELD


def test_a_fill_that_moved_is_denied() -> None:
    """Another fill id, or another block; also one that is gone."""
    assert Witnessing(target=[has_fill(fill_id=OTHER_FILL_ID)]).hear_fill() is DENIED
    assert Witnessing(target=[has_fill(fill_id=FillId(bytes(32)))]).hear_fill() is DENIED
    moved = make_request_filled(block_hash=block_hash(1))
    assert Witnessing(target=[has_fill()]).hear_fill(moved) is DENIED


def test_a_fill_of_another_filler_is_denied() -> None:
    """Block and fill id are true; whose claim is honest depends on the rest."""
    forged = make_request_filled(filler=ALICE)
    assert Witnessing(target=[has_fill()]).hear_fill(forged) is DENIED


def test_a_fill_whose_logs_are_not_told_is_not_known() -> None:
    """An endpoint that cannot show them says nothing."""
    odd = has_fill()
    odd.always("eth_getLogs", ErrorObject("limit exceeded", -32005))
    assert Witnessing(target=[odd]).hear_fill() is UNKNOWN


def test_a_fill_about_which_endpoints_differ_is_not_upheld() -> None:
    """One of them has not followed a reorganisation yet: nobody knows which."""
    witnessing = Witnessing(target=[has_fill(), has_fill(fill_id=OTHER_FILL_ID)])
    assert witnessing.hear_fill() is UNKNOWN
    assert witnessing.disagreements() == [(["l2a/1"], ["l2a/2"])]


@pytest.mark.parametrize("answer", ["0x12", None, "0xzz", ErrorObject("execution reverted", 3)])
def test_nonsense_about_a_fill_is_neither_yes_nor_no(answer: object) -> None:
    """Also a revert: the contract has no such case."""
    odd = has_fill()
    odd.always("eth_call", answer)
    assert Witnessing(target=[odd]).hear_fill() is UNKNOWN


def test_a_fill_is_looked_at_again_before_a_later_claim() -> None:
    """What was true two polls ago may have moved since; it is asked only when somebody asks."""
    chain = has_fill()
    witnessing = Witnessing(target=[chain])
    assert witnessing.hear_fill() is UPHELD
    witnessing.clock.advance(2 * POLL_PERIOD)
    assert witnessing.witness.attests_fill(FILL, DEPTH) is UPHELD
    witnessing.clock.advance(0.1)
    witnessing.turn()
    assert chain.posts == 1
    assert witnessing.witness.attests_fill(FILL, DEPTH) is UNKNOWN
    assert witnessing.wake.is_set()
    witnessing.turn()
    assert witnessing.witness.attests_fill(FILL, DEPTH) is UPHELD
    assert witnessing.changes == 2
