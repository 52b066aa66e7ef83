"""TransactionSender: what it tells its observer, from the first turn to the last."""

import pytest
from prometheus_client import CollectorRegistry

from beamer_agent.service.metrics.transactions import TransactionMetrics
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.fake_chain import PoolChain
from tests.fake_events import CHAIN_ID
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import GIVEN_UP_BLOCKS, Sending

pytestmark = pytest.mark.unit


class Watched(Sending):
    """A sender whose metrics can be read."""

    def __init__(self, chain: PoolChain) -> None:
        self._registry = CollectorRegistry()
        super().__init__(chain, observer=TransactionMetrics(self._registry).of_chain(CHAIN_ID))

    def value(self, name: str, **labels: str) -> float | None:
        """Of a metric of transactions."""
        chain = {"chain_id": str(CHAIN_ID)}
        return self._registry.get_sample_value(f"beamer_transactions_{name}", chain | labels)


@pytest.fixture
def watched(chain: PoolChain) -> Watched:
    """On a chain in memory."""
    return Watched(chain)


def test_transaction_is_in_flight_and_then_mined(watched: Watched) -> None:
    """Each stage when it is reached."""
    watched.sender.submit(make_claim_fill())
    watched.turn()
    assert watched.value("in_flight") == 1
    watched.blocks(1)
    assert watched.value("in_flight") == 0
    assert watched.value("ended_total", transaction="claim", outcome="succeeded") == 1
    assert watched.value("gas_used_total", transaction="claim") == 50_000


def test_replacement_and_cancellation_are_told_apart(chain: PoolChain, watched: Watched) -> None:
    """A dearer claim is one, what undoes it is another."""
    chain.held.add(0)
    watched.sender.submit(make_claim_fill())
    watched.turn()
    watched.blocks(RESEND_BLOCKS)
    watched.sender.cancel(make_claim_fill().key)
    watched.turn()
    chain.held.clear()
    watched.blocks(1)
    assert watched.value("sent_again_total", transaction="claim") == 1
    assert watched.value("sent_again_total", transaction="cancel") == 1
    assert watched.value("ended_total", transaction="claim", outcome="undone") == 1


def test_nonce_of_somebody_else_is_a_foreign_transaction(
    chain: PoolChain, watched: Watched
) -> None:
    """And ours was replaced by it."""
    watched.sender.submit(make_claim_fill())
    watched.turn()
    chain.send_foreign()
    watched.blocks(GIVEN_UP_BLOCKS)
    assert watched.value("foreign_total") == 1
    assert watched.value("ended_total", transaction="claim", outcome="replaced") == 1


def test_fill_that_comes_too_late_has_reverted(chain: PoolChain, watched: Watched) -> None:
    """It cost gas for nothing."""
    watched.sender.submit(make_fill(1))
    watched.turn()
    chain.fill_by_other(make_fill(1))
    watched.blocks(1)
    assert watched.value("ended_total", transaction="fill", outcome="reverted") == 1
