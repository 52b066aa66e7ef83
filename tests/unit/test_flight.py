"""Flight: nonces follow each other, and an allowance is what the last transaction leaves."""

import pytest

from beamer_agent.transactions.flight import Flight, FlightReading
from beamer_agent.transactions.model import SentTransaction
from tests.factories import SOURCE_TOKEN, TARGET_TOKEN
from tests.made_sent import make_sent, make_signed

pytestmark = pytest.mark.unit


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
    first, second = make_signed(1), make_signed(1, is_cancelling=True)
    sent = make_sent(1, versions=[first, second])
    assert make_flight(sent).versions() == [(sent, first), (sent, second)]


def test_flight_may_change_while_it_is_walked() -> None:
    """Settling removes."""
    flight = make_flight(make_sent(1), make_sent(2))
    for sent in flight:
        flight.remove(sent)
    assert len(flight) == 0


def test_what_comes_back_takes_its_place() -> None:
    """Nonces stay in order; the next one is behind them all."""
    flight = make_flight(make_sent(5))
    flight.restore([make_sent(4), make_sent(3)])
    assert [sent.nonce for sent in flight] == [3, 4, 5]
    assert (flight.first_nonce(), flight.next_nonce()) == (3, 6)


def test_reading_tells_the_oldest_by_its_first_version() -> None:
    """A dearer one sent since makes it no younger; and so are nonces that nothing has."""
    first, second, third = make_sent(1, sent_at=5.0), make_sent(2, sent_at=9.0), make_sent(3)
    first.sent_at = 20.0
    flight = make_flight(first, second)
    assert flight.read() == FlightReading(2, oldest_since=5.0, vacant=0)
    flight.add(third)
    flight.refuse(second)
    assert flight.read() == FlightReading(2, oldest_since=0.0, vacant=1)
    assert make_flight().read() == FlightReading(0, oldest_since=None, vacant=0)
