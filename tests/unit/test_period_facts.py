"""Facts: every field in which what is known may differ from what the contracts say."""

from typing import Any

import pytest

from beamer_agent.periods.facts import (
    ALL,
    NO_ADDRESS,
    NO_ID,
    NOTHING,
    PART,
    WITHDRAWN_EXPIRED,
    Difference,
    Fact,
    Subject,
    compare,
    known_facts,
)
from beamer_agent.types import BlockNumber, RequestId, TokenAmount, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    CLAIM_ID,
    FILL_ID,
    NOBODY,
    REQUEST_ID,
    SOURCE_TOKEN,
    STAKE,
    TARGET,
    TERMINATION,
    US,
    USER,
    VALID_UNTIL,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_resolved,
)
from tests.made_periods import CLAIMED, make_remainder

pytestmark = pytest.mark.unit

OF_REQUEST: dict[str, Fact] = {
    "sender": USER,
    "source_token": SOURCE_TOKEN,
    "target_chain_id": TARGET,
    "amount": AMOUNT,
    "valid_until": VALID_UNTIL,
    "lp_fee": AMOUNT // 100,
    "protocol_fee": 0,
    "active_claims": 1,
    "withdraw_claim_id": 0,
    "proven_filler": NO_ADDRESS,
    "proven_fill_id": NO_ID,
    "fill_id": FILL_ID,
}
OF_CLAIM: dict[str, Fact] = {
    "request_id": REQUEST_ID,
    "claimer": US,
    "claimer_stake": STAKE,
    "last_challenger": NOBODY,
    "challenger_stake_total": 0,
    "termination": TERMINATION,
    "fill_id": FILL_ID,
    "paid_out": NOTHING,
    "is_invalidated": False,
}
FACTS = {Subject(REQUEST_ID, None, field): fact for field, fact in OF_REQUEST.items()} | {
    Subject(REQUEST_ID, CLAIM_ID, field): fact for field, fact in OF_CLAIM.items()
}
CHALLENGED = make_claim_made(
    block_number=31, last_challenger=ALICE, challenger_stake_total=Wei(STAKE + 1)
)
BID_AGAIN = make_claim_made(
    block_number=32,
    claimer_stake=Wei(2 * STAKE + 1),
    last_challenger=ALICE,
    challenger_stake_total=Wei(STAKE + 1),
)
BY_BOB = make_claim_made(
    block_number=33,
    claimer_stake=Wei(2 * STAKE + 1),
    last_challenger=BOB,
    challenger_stake_total=Wei(2 * STAKE + 2),
)


def facts_after(*events: Any) -> dict[str, Fact]:
    """Of the request, and of the claim with its prefix, after the transfer was claimed."""
    known = known_facts(make_remainder(*CLAIMED, *events))
    return {
        ("claim." if subject.claim_id else "") + subject.field: fact
        for subject, fact in known.items()
    }


def test_open_transfer_is_known_in_every_field() -> None:
    """As the contracts hold it."""
    assert known_facts(make_remainder(*CLAIMED)) == FACTS


@pytest.mark.parametrize("subject", FACTS, ids=lambda s: f"{s.claim_id or 'request'}.{s.field}")
def test_difference_in_any_field_is_found(subject: Subject) -> None:
    """Alone, with both views."""
    other: Fact = "something else"
    told = FACTS | {subject: other}
    assert compare(FACTS, told) == {Difference(subject, FACTS[subject], other)}


def test_what_agrees_is_no_difference() -> None:
    """Equal values of other objects."""
    assert compare(FACTS, known_facts(make_remainder(*CLAIMED))) == frozenset()


@pytest.mark.parametrize(
    ("events", "changes"),
    [
        pytest.param(
            (make_claim_stake_withdrawn(), make_deposit_withdrawn()),
            {"active_claims": 0, "withdraw_claim_id": CLAIM_ID, "claim.paid_out": ALL},
            id="withdrawn",
        ),
        pytest.param(
            (make_deposit_withdrawn(receiver=USER),),
            {"withdraw_claim_id": WITHDRAWN_EXPIRED},
            id="refunded",
        ),
        pytest.param(
            (make_request_resolved(),),
            {"proven_filler": US, "proven_fill_id": FILL_ID},
            id="resolved",
        ),
        pytest.param(
            (make_fill_invalidated_resolved(),), {"claim.is_invalidated": True}, id="invalidated"
        ),
        pytest.param(
            (CHALLENGED, BID_AGAIN, BY_BOB),
            {
                "claim.claimer_stake": 2 * STAKE + 1,
                "claim.last_challenger": BOB,
                "claim.challenger_stake_total": 2 * STAKE + 2,
            },
            id="challenged",
        ),
        pytest.param(
            (CHALLENGED, BID_AGAIN, BY_BOB, make_claim_stake_withdrawn(stake_recipient=ALICE)),
            {
                "active_claims": 0,
                "claim.claimer_stake": 2 * STAKE + 1,
                "claim.last_challenger": BOB,
                "claim.challenger_stake_total": 2 * STAKE + 2,
                "claim.paid_out": PART,
            },
            id="paid out to one of two challengers",
        ),
    ],
)
def test_what_events_change_is_known(events: Any, changes: dict[str, Fact]) -> None:
    """As the contracts change it, and nothing beside."""
    assert facts_after(*events) == facts_after() | changes


def test_request_without_fill_or_claim_is_known_as_such() -> None:
    """The contracts hold zeros."""
    created = make_request_created(lp_fee=TokenAmount(5))
    known = known_facts(make_remainder(created))
    assert known == {
        Subject(REQUEST_ID, None, field): fact
        for field, fact in (
            OF_REQUEST | {"active_claims": 0, "fill_id": NO_ID, "lp_fee": 5}
        ).items()
    }


def test_request_that_only_events_speak_of_should_not_be_there() -> None:
    """Its `RequestCreated` was not seen."""
    other = RequestId(b"o" * 32)
    remainder = make_remainder(
        make_fill_invalidated(request_id=other, block_number=BlockNumber(3))
    )
    assert remainder.awaited == (other,)
    assert known_facts(remainder) == {Subject(other, None, "is_open"): False}
