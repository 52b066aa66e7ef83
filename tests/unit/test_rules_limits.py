"""The rules of filling: what the operator never wants filled."""

import pytest

from beamer_agent.actions.model import FillRequest, Reason, Skip
from beamer_agent.types import TokenAmount
from tests.decisions import decide
from tests.factories import ALICE, AMOUNT, BOB, make_request, make_request_created
from tests.made_views import make_fill_policy

pytestmark = pytest.mark.unit


def test_nothing_is_paid_out_to_a_denied_recipient() -> None:
    """For good; others are paid."""
    policy = make_fill_policy(denied_recipients=frozenset({ALICE}))
    to = {
        who: make_request(created=make_request_created(target_address=who)) for who in (ALICE, BOB)
    }
    refusal = decide(to[ALICE], policy=policy)
    assert refusal == Skip(Reason.DENIED_RECIPIENT, is_final=True)
    assert isinstance(refusal, Skip)
    assert refusal.figures == (("recipient", ALICE),)
    assert isinstance(decide(to[BOB], policy=policy), FillRequest)


def test_request_above_the_limit_is_never_filled() -> None:
    """The limit itself is; other tokens are not limited."""
    refusal = decide(
        make_request(), policy=make_fill_policy(max_request={"TST": TokenAmount(AMOUNT - 1)})
    )
    assert refusal == Skip(Reason.REQUEST_LIMIT, is_final=True)
    assert isinstance(refusal, Skip)
    assert refusal.figures == (("amount", AMOUNT), ("limit", AMOUNT - 1))
    for symbol, limit in (("TST", AMOUNT), ("OTHER", 0)):
        policy = make_fill_policy(max_request={symbol: TokenAmount(limit)})
        assert isinstance(decide(make_request(), policy=policy), FillRequest)
