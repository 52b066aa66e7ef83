"""Ledger and Chronicle: what is earned is counted once, whatever is told again or forgotten."""

from typing import Any

import pytest

from beamer_agent.planning.earnings import Earning, EarningKind
from beamer_agent.planning.ledger import Ledger, LedgerReading
from beamer_agent.types import BlockNumber, Timestamp, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    CLAIM_ID,
    SOURCE,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.processor_office import Office

pytestmark = pytest.mark.unit

FEE = AMOUNT // 100
PAID = make_claim_stake_withdrawn(), make_deposit_withdrawn()
NOTHING = LedgerReading({}, Wei(0), Wei(0))
EARNED = LedgerReading({"TST": FEE}, Wei(0), Wei(0))


def at_work(ledger: Ledger | None = None, **changes: Any) -> Office:
    """A direction whose chains were read up to block 8."""
    office = Office(ledger)
    office.step(chain_id=SOURCE, head=make_block(8), **changes)
    office.step(chain_id=TARGET, head=make_block(8))
    return office


def claim(office: Office) -> None:
    """A transfer that waits for its withdrawal."""
    office.step(make_request_created(), head=make_block(10))
    office.step(make_request_filled(), head=make_block(20))
    office.step(make_claim_made(), head=make_block(30))


def pass_time(office: Office, **view: Any) -> None:
    """So much that what is settled is forgotten."""
    office.now = Timestamp(office.now + 10)
    office.step(chain_id=SOURCE, **view)
    office.step(chain_id=TARGET, **view)


def test_fee_of_a_withdrawal_is_counted() -> None:
    """Under the operator's name of its token."""
    office = at_work()
    claim(office)
    assert office.tallies.ledger.read() == NOTHING
    office.step(*PAID, head=make_block(60))
    assert office.tallies.ledger.read() == EARNED


def test_stakes_are_counted_beside() -> None:
    """Of a challenger who has lost to us."""
    office = at_work()
    claim(office)
    bid = make_claim_made(block_number=31, last_challenger=ALICE, challenger_stake_total=STAKE)
    office.step(bid, *PAID, head=make_block(60))
    assert office.tallies.ledger.read() == LedgerReading({"TST": FEE}, STAKE, Wei(0))


def test_token_that_is_not_configured_has_no_name_of_its_own() -> None:
    """Whoever makes requests must not make up names of metrics."""
    office = at_work()
    created = make_request_created(source_token_address=TARGET_TOKEN)
    office.step(created, head=make_block(10))
    office.step(make_request_filled(), head=make_block(20))
    office.step(make_claim_made(), *PAID, head=make_block(60))
    assert office.tallies.ledger.read().fees == {"other": FEE}


def test_what_happened_before_the_start_is_not_counted() -> None:
    """An earlier life has earned it."""
    office = Office()
    office.step(chain_id=TARGET, head=make_block(70))
    office.step(make_request_created(), make_claim_made(), *PAID, head=make_block(70))
    office.step(make_request_filled(), is_history=True, head=make_block(70))
    assert office.tallies.ledger.read() == NOTHING


def test_withdrawal_of_a_request_that_is_read_later_is_counted() -> None:
    """Its history was not read yet; meanwhile the block of the withdrawal has become final."""
    office = at_work(events_since=5)
    office.step(*PAID, head=make_block(60), events_since=5)
    pass_time(office, head=make_block(100), final_until=90, events_since=5)
    assert office.tallies.ledger.read() == NOTHING
    office.step(make_request_filled(), is_history=True, head=make_block(100))
    told = make_request_created(), make_claim_made()
    office.step(*told, is_history=True, head=make_block(100), final_until=90)
    assert office.tallies.ledger.read() == EARNED


def test_withdrawal_that_moves_to_another_block_counts_once() -> None:
    """A reorganisation has replaced its block."""
    office = at_work()
    claim(office)
    office.step(*PAID, head=make_block(60))
    office.step(dead_above=59, head=make_block(60))
    moved = [make_claim_stake_withdrawn(block_number=61), make_deposit_withdrawn(block_number=61)]
    office.step(*moved, head=make_block(61))
    assert office.tallies.ledger.read() == EARNED


def test_direction_that_is_built_anew_counts_nothing_twice() -> None:
    """All events are told once more; what came meanwhile is counted."""
    first = at_work()
    claim(first)
    first.step(*PAID, head=make_block(60))
    second = Office(first.tallies.ledger)
    other = make_request_created(nonce=2, block_number=61)
    second.step(chain_id=TARGET, head=make_block(70))
    second.step(make_request_created(), make_claim_made(), *PAID, head=make_block(70))
    second.step(
        make_request_filled(),
        make_request_filled(request_id=other.request_id, block_number=62),
        head=make_block(70),
    )
    assert first.tallies.ledger.read() == EARNED
    of_other: dict[str, Any] = {"request_id": other.request_id, "block_number": 69}
    second.step(
        other,
        make_claim_made(claim_id=3, **of_other),
        make_claim_stake_withdrawn(claim_id=3, log_index=2, **of_other),
        make_deposit_withdrawn(log_index=3, **of_other),
        is_history=True,
        head=make_block(70),
    )
    assert first.tallies.ledger.read().fees == {"TST": 2 * FEE}


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_nothing_is_remembered_of_what_is_final(is_forgotten: bool) -> None:
    """And still it is not counted again, should all be told once more."""
    first = at_work()
    claim(first)
    first.step(*PAID, head=make_block(60))
    ledger = first.tallies.ledger
    assert len(ledger) == 1
    if is_forgotten:
        pass_time(first, head=make_block(100), final_until=90)
        assert len(ledger) == 0
    second = at_work(ledger)
    second.step(make_request_created(), make_claim_made(), *PAID, head=make_block(100))
    second.step(make_request_filled(), head=make_block(100))
    assert ledger.read() == EARNED


def test_of_one_request_only_what_is_new_is_counted() -> None:
    """Its challenger was paid before the process began; the rest comes while it runs."""
    ledger = Ledger()
    ledger.begin(BlockNumber(50))
    created = make_request_created()
    old = Earning(EarningKind.STAKE_LOST, created, CLAIM_ID, 5, BlockNumber(50))
    new = Earning(EarningKind.FEE, created, None, 7, BlockNumber(51))
    ledger.book([old, new], "TST")
    assert ledger.read() == LedgerReading({"TST": 7}, Wei(0), Wei(0))
