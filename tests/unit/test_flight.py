"""Flight: nonces follow each other, and an allowance is what the last transaction leaves."""

from typing import Any

import pytest

from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.transactions.fees import Fees
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import ExpectedAllowance, PlannedTransaction, SentTransaction
from beamer_agent.types import BlockNumber, TokenAmount, TransactionHash, Wei
from tests.factories import SOURCE_TOKEN, TARGET_TOKEN, US
from tests.made_actions import make_fill

pytestmark = pytest.mark.unit


def make_sent(nonce: int, allowance: int | None = None, **changes: Any) -> SentTransaction:
    """A transaction in flight."""
    call = Contract(TARGET_TOKEN, ERC20_ABI).call("approve", US, 1)
    after = None if allowance is None else ExpectedAllowance(TARGET_TOKEN, TokenAmount(allowance))
    defaults: dict[str, Any] = {
        "action": make_fill(nonce),
        "planned": PlannedTransaction("fill", call, allowance_after=after),
        "is_last_of_action": True,
        "nonce": nonce,
        "gas": 1,
        "fees": Fees(Wei(1), None),
        "raw": b"",
        "hashes": [TransactionHash(bytes([nonce]))],
        "sent_at_block": BlockNumber(1),
        "sent_at": 0.0,
    }
    return SentTransaction(**(defaults | changes))


def make_flight(*sent: SentTransaction) -> Flight:
    """These transactions in flight."""
    flight = Flight()
    for transaction in sent:
        flight.add(transaction)
    return flight


def test_empty_flight_knows_no_nonce() -> None:
    """The chain has to be asked."""
    assert (make_flight().next_nonce(), len(make_flight())) == (None, 0)


def test_next_nonce_is_behind_the_last() -> None:
    """Whatever has left from the front."""
    first, second = make_sent(0), make_sent(1)
    flight = make_flight(first, second)
    flight.remove(first)
    assert flight.next_nonce() == 2
    flight.remove(second)
    assert flight.next_nonce() is None


def test_allowance_is_what_the_last_one_leaves() -> None:
    """Of this token; transactions that do not touch it count for nothing."""
    flight = make_flight(make_sent(1, 50), make_sent(2, 30), make_sent(3))
    assert flight.allowance(TARGET_TOKEN) == 30
    assert flight.allowance(SOURCE_TOKEN) is None
    assert make_flight(make_sent(1)).allowance(TARGET_TOKEN) is None


def test_every_version_may_be_mined() -> None:
    """So every hash is looked for."""
    sent = make_sent(1, hashes=[TransactionHash(b"a"), TransactionHash(b"b")])
    assert make_flight(sent).hashes() == [(sent, b"a"), (sent, b"b")]


def test_flight_may_change_while_it_is_walked() -> None:
    """Settling removes."""
    flight = make_flight(make_sent(1), make_sent(2))
    for sent in flight:
        flight.remove(sent)
    assert len(flight) == 0
