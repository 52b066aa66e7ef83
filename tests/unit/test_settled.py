"""Settled requests: nobody can claim or stake any more."""

import pytest

from beamer_agent.state.request import DepositWithdrawal
from beamer_agent.state.settled import SETTLING_SECONDS, is_settled
from beamer_agent.types import Timestamp
from tests.factories import NOW, US, USER, VALID_UNTIL, make_claim, make_request
from tests.made_views import TERMS

pytestmark = pytest.mark.unit

PAID = make_request(withdrawal=DepositWithdrawal(US, None))
OPEN_CLAIM, PAID_CLAIM = make_claim(), make_claim(state="withdrawn")
EXTENSION = TERMS.request_extension
LATE = Timestamp(VALID_UNTIL + EXTENSION + SETTLING_SECONDS)


def test_request_is_settled_with_its_deposit_and_all_stakes() -> None:
    """Whatever time it is."""
    assert is_settled(PAID, (), NOW, EXTENSION)
    assert is_settled(PAID, (PAID_CLAIM,), NOW, EXTENSION)
    assert not is_settled(PAID, (PAID_CLAIM, OPEN_CLAIM), LATE, EXTENSION)


def test_request_with_its_deposit_is_settled_when_it_can_not_be_claimed_any_more() -> None:
    """And no claim on it is left; an hour later, for claims in blocks that are not known yet."""
    request = make_request()
    for claims in ((), (PAID_CLAIM,)):
        assert not is_settled(request, claims, Timestamp(LATE - 1), EXTENSION)
        assert is_settled(request, claims, LATE, EXTENSION)
    assert not is_settled(request, (OPEN_CLAIM,), LATE, EXTENSION)


def test_where_the_deposit_went_does_not_matter() -> None:
    """Back to the user ends it as well."""
    refunded = make_request(withdrawal=DepositWithdrawal(USER, None))
    assert is_settled(refunded, (), NOW, EXTENSION)
