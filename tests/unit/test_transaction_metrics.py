"""TransactionMetrics: what senders tell, as Prometheus reads it."""

import pytest
from prometheus_client import CollectorRegistry

from beamer_agent.service.metrics.transactions import ChainTransactionMetrics, TransactionMetrics
from beamer_agent.transactions.flight import FlightReading
from beamer_agent.transactions.model import Outcome
from beamer_agent.types import Wei
from tests.factories import SOURCE, TARGET
from tests.made_sent import make_mined, make_sent, make_signed

pytestmark = pytest.mark.unit


@pytest.fixture
def registry() -> CollectorRegistry:
    """An empty one."""
    return CollectorRegistry()


@pytest.fixture
def observer(registry: CollectorRegistry) -> ChainTransactionMetrics:
    """Of the source chain's sender."""
    return TransactionMetrics(registry).of_chain(SOURCE)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    """Of a metric on the source chain."""
    chain = {"chain_id": str(SOURCE)}
    return registry.get_sample_value(f"beamer_transactions_{name}", chain | labels)


def test_kind_that_does_not_wait_any_more_is_shown_as_none(
    registry: CollectorRegistry, observer: ChainTransactionMetrics
) -> None:
    """Not as what it was before."""
    observer.waits({"fill": 3, "claim": 1})
    observer.waits({"claim": 2})
    assert value(registry, "waiting", action="fill") == 0
    assert value(registry, "waiting", action="claim") == 2


def test_what_waited_at_a_sender_that_is_gone_waits_no_longer(registry: CollectorRegistry) -> None:
    """The chain was built anew, and nothing of the kind waits there."""
    metrics = TransactionMetrics(registry)
    metrics.of_chain(SOURCE).waits({"fill": 3})
    metrics.of_chain(SOURCE).waits({})
    assert value(registry, "waiting", action="fill") == 0


def test_mined_transaction_shows_its_gas_and_its_whole_cost(
    registry: CollectorRegistry, observer: ChainTransactionMetrics
) -> None:
    """The data fee of a rollup included."""
    mined = make_mined(make_sent(1), 10, gas_used=50, data_fee=Wei(7))
    observer.mined(mined)
    observer.mined(make_mined(make_sent(2), 10, gas_used=30, succeeded=False))
    assert value(registry, "ended_total", transaction="fill", outcome="succeeded") == 1
    assert value(registry, "ended_total", transaction="fill", outcome="reverted") == 1
    assert value(registry, "gas_used_total", transaction="fill") == 80
    assert value(registry, "fees_paid_wei_total", transaction="fill") == 50 * 2 + 7 + 30 * 2


def test_undone_transaction_counts_as_such(
    registry: CollectorRegistry, observer: ChainTransactionMetrics
) -> None:
    """Though its receipt says success: it did nothing."""
    sent = make_sent(1, versions=[make_signed(1), make_signed(1, is_cancelling=True)])
    observer.mined(make_mined(sent, 10))
    assert value(registry, "ended_total", transaction="fill", outcome="undone") == 1


def test_what_goes_wrong_is_counted(
    registry: CollectorRegistry, observer: ChainTransactionMetrics
) -> None:
    """Each under its own name."""
    observer.flies(FlightReading(5, oldest_since=None, vacant=0))
    observer.held_back()
    observer.lost("claim", Outcome.REPLACED)
    observer.sent_again("claim")
    observer.closed_gap()
    observer.foreign()
    names = ("in_flight", "held_back_total", "gaps_closed_total", "foreign_total")
    assert [value(registry, name) for name in names] == [5, 1, 1, 1]
    assert value(registry, "ended_total", transaction="claim", outcome="replaced") == 1
    assert value(registry, "sent_again_total", transaction="claim") == 1


def test_chains_are_told_apart(registry: CollectorRegistry) -> None:
    """One agent, one registry, a sender for each chain."""
    metrics = TransactionMetrics(registry)
    metrics.of_chain(SOURCE).flies(FlightReading(2, oldest_since=None, vacant=0))
    metrics.of_chain(TARGET).flies(FlightReading(3, oldest_since=None, vacant=0))
    assert value(registry, "in_flight") == 2
