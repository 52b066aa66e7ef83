"""PayoutBook: whatever happens to requests, its sums are those of a plain list."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.actions.model import Reason
from beamer_agent.transactions.payout_book import HOUR, Payout, PayoutBook, PayoutLimits, Token
from beamer_agent.types import RequestId, Timestamp, TokenAmount, Wei
from beamer_agent.units import WEI_PER_COIN
from tests.factories import NOW, SOURCE, SOURCE_TOKEN, TARGET, TARGET_TOKEN

pytestmark = pytest.mark.property

PRICES = {(SOURCE, SOURCE_TOKEN): 7, (TARGET, TARGET_TOKEN): 3}
LIMIT = TokenAmount(50)
EXPOSURE = Wei(9 * WEI_PER_COIN)

ids = st.integers(0, 3).map(lambda number: RequestId(bytes([number])))
payouts = st.builds(
    Payout,
    symbol=st.sampled_from(["A", "B"]),
    token=st.sampled_from(sorted(PRICES)),
    amount=st.integers(0, 30).map(TokenAmount),
    paid_at=st.none() | st.integers(NOW - 2 * HOUR, NOW).map(Timestamp),
    is_open=st.booleans(),
)
steps = st.tuples(
    st.sampled_from(["note", "take", "take", "close", "drop"]),
    ids,
    payouts,
    st.sampled_from([0, 0, 1, HOUR // 2, HOUR]),
)


def refusal_of(known: dict[RequestId, Payout], new: Payout, now: Timestamp) -> Reason | None:
    """Why a payout would be too much, by adding up all that is known."""
    every = [*known.values(), new]
    same = [p for p in every if p.symbol == new.symbol]
    if sum(p.amount for p in same if p.paid_at is None or now - p.paid_at < HOUR) > LIMIT:
        return Reason.HOUR_LIMIT
    if sum(p.amount for p in same if p.is_open) > LIMIT:
        return Reason.OPEN_LIMIT
    # Amounts in one token of one name are rounded up together.
    sums: Counter[tuple[str, Token]] = Counter()
    for payout in every:
        sums[payout.symbol, payout.token] += payout.amount if payout.is_open else 0
    worth = sum(-(-total * WEI_PER_COIN // PRICES[token]) for (_, token), total in sums.items())
    return Reason.EXPOSURE_LIMIT if worth > EXPOSURE else None


@given(st.lists(steps, max_size=30))
def test_sums_are_those_of_all_that_is_known(
    steps: list[tuple[str, RequestId, Payout, int]],
) -> None:
    """Notes, takes, ends, as time goes on."""
    limits = {"A": LIMIT, "B": LIMIT}
    book = PayoutBook(PayoutLimits(limits, limits, EXPOSURE), ["a->b"])
    book.state("a->b", PRICES, is_known=True)
    known: dict[RequestId, Payout] = {}
    now = NOW
    for kind, request_id, payout, later in steps:
        now = Timestamp(now + later)
        if kind == "take":
            known.pop(request_id, None)
            expected = refusal_of(known, payout, now)
            refusal = book.take(request_id, payout, now)
            assert (None if refusal is None else refusal.reason) == expected
            if refusal is None:
                known[request_id] = payout
        elif kind == "note":
            book.note(request_id, payout, now)
            known[request_id] = payout
        elif kind == "drop":
            book.note(request_id, None, now)
            known.pop(request_id, None)
        else:
            book.close(request_id, now)
            if (open_ := known.get(request_id)) is not None:
                known[request_id] = replace(open_, paid_at=open_.paid_at or now, is_open=False)
