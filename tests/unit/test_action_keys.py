"""Keys name obligations: what must not be done twice has one key, what may has several."""

import pytest

from beamer_agent.actions.model import Action, Urgency, claim_key, fill_key
from tests.factories import STAKE, make_fill_id
from tests.made_actions import make_claim_fill, make_fill, make_withdraw, request_id_of

pytestmark = pytest.mark.unit


def test_a_request_has_one_fill() -> None:
    """Whatever is approved for it."""
    key = fill_key(request_id_of(1))
    assert key == make_fill(1).key == make_fill(1, approval=7).key
    assert key == "fill:0x" + request_id_of(1).hex()
    assert key != make_fill(2).key


def test_a_fill_has_one_claim() -> None:
    """However much of the chain its planner knew; after a reorg, the new fill has another one."""
    key = make_claim_fill(1, known_until=5).key
    assert key == make_claim_fill(1, known_until=9).key
    assert key == claim_key(request_id_of(1), make_fill_id(1))
    assert key != claim_key(request_id_of(1), make_fill_id(2))
    assert key != claim_key(request_id_of(2), make_fill_id(1))


def test_a_claim_has_one_withdrawal() -> None:
    """By its number."""
    assert make_withdraw(3).key == "withdraw:3"


def test_claims_go_first_and_withdrawals_last() -> None:
    """A missed claim costs the principal, a late withdrawal nothing."""
    actions: list[Action] = [make_withdraw(), make_fill(), make_claim_fill()]
    assert sorted(action.urgency for action in actions) == [
        Urgency.CLAIM,
        Urgency.FILL,
        Urgency.WITHDRAW,
    ]
    assert make_claim_fill().stake == STAKE
