"""Limits of what is paid out, and a story of one payout."""

from beamer_agent.actions.model import fill_key
from beamer_agent.transactions.payout_book import Payout, PayoutBook, PayoutLimits
from beamer_agent.types import TokenAmount, Wei
from tests.factories import (
    AMOUNT,
    SOURCE,
    SOURCE_TOKEN,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS
from tests.planner_desk import created

SECOND = fill_key(created(2).request_id)
LONGEST = TERMS.max_validity + TERMS.request_extension + TERMS.claim_period
STORY = (make_request_created(), make_request_filled(), make_claim_made())
"""An earlier life has filled and claimed it."""
PAYOUT = Payout("TST", (SOURCE, SOURCE_TOKEN), AMOUNT, None, is_open=True)
END = (make_claim_stake_withdrawn(), make_deposit_withdrawn())


def make_book(
    *, hour: int | None = None, still_open: int | None = None, exposure: int | None = None
) -> PayoutBook:
    """With limits of the factories' token."""
    limits = PayoutLimits(
        {} if hour is None else {"TST": TokenAmount(hour)},
        {} if still_open is None else {"TST": TokenAmount(still_open)},
        None if exposure is None else Wei(exposure),
    )
    return PayoutBook(limits, ["a->b"])
