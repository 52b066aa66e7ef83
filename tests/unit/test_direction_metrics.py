"""DirectionMetrics: what is counted of each direction, for as long as the process lives."""

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.planning.earnings import Earning, EarningKind
from beamer_agent.planning.tallies import Ending, Leg
from beamer_agent.service.metrics.agent import AgentMetrics
from beamer_agent.types import BlockNumber, ClaimId, RequestId
from tests.factories import US, make_request_created

pytestmark = pytest.mark.unit

NAME = "l2a->l2b"


@pytest.fixture
def metrics() -> AgentMetrics:
    """Of our account."""
    return AgentMetrics(US)


def value(metrics: AgentMetrics, name: str, **labels: str) -> float | None:
    """Of a metric of the direction."""
    return metrics.registry.get_sample_value(f"beamer_{name}", {"direction": NAME} | labels)


def test_all_counters_begin_at_zero(metrics: AgentMetrics) -> None:
    """What is not there cannot grow: nobody would be told of the first."""
    metrics.of_direction(NAME)
    assert value(metrics, "requests_seen_total") == 0
    assert value(metrics, "requests_total", outcome="expired") == 0
    assert value(metrics, "requests_missed_total", reason="transaction") == 0
    assert value(metrics, "requests_missed_total", reason="insufficient_tokens") == 0
    assert value(metrics, "stakes_lost_wei_total") == 0
    assert value(metrics, "request_to_fill_seconds_count") == 0


def test_each_is_counted_under_its_name(metrics: AgentMetrics) -> None:
    """Of this direction."""
    tallies = metrics.of_direction(NAME)
    tallies.count_seen()
    tallies.count_ending(Ending.FILLED_BY_OTHER)
    tallies.count_missed("unattested")
    assert value(metrics, "requests_seen_total") == 1
    assert value(metrics, "requests_total", outcome="filled_by_other") == 1
    assert value(metrics, "requests_missed_total", reason="unattested") == 1


def test_legs_go_into_their_histograms(metrics: AgentMetrics) -> None:
    """Seconds, and blocks where they are known."""
    tallies = metrics.of_direction(NAME)
    tallies.count_leg(Leg.REQUEST_TO_FILL, 4.0, 2.0)
    tallies.count_leg(Leg.REQUEST_TO_FILL, 7.0, None)
    tallies.count_leg(Leg.CLAIM_TO_WITHDRAWAL, 90_000.0, 45_000.0)
    assert value(metrics, "request_to_fill_seconds_bucket", le="5.0") == 1
    assert value(metrics, "request_to_fill_seconds_sum") == 11
    assert value(metrics, "request_to_fill_blocks_count") == 1
    assert value(metrics, "claim_to_withdrawal_seconds_bucket", le="172800.0") == 1
    assert value(metrics, "claim_to_withdrawal_blocks_bucket", le="50000.0") == 1


def test_direction_that_is_built_anew_goes_on_with_its_ledger(metrics: AgentMetrics) -> None:
    """And with its counters."""
    ledger = metrics.of_direction(NAME).ledger
    ledger.begin(BlockNumber(0))
    for kind, amount in zip(EarningKind, (5, 6, 7), strict=True):
        earning = Earning(kind, make_request_created(), ClaimId(1), amount, BlockNumber(1))
        ledger.book([earning], "TST")
    assert metrics.of_direction(NAME).ledger is ledger
    assert value(metrics, "fees_earned_base_units_total", token="TST") == 5
    assert value(metrics, "stakes_won_wei_total") == 6
    assert value(metrics, "stakes_lost_wei_total") == 7


def test_a_loss_is_counted_once_though_a_direction_built_anew_finds_it_again(
    metrics: AgentMetrics,
) -> None:
    """Otherwise each restart would alarm somebody for what is long known."""
    for claim in (1, 2):
        for _generation in range(3):
            metrics.of_direction(NAME).count_loss(ClaimId(claim), Reason.CLAIM_LOST)
    count = metrics.registry.get_sample_value
    assert count("beamer_losses_total", {"kind": "claim_lost"}) == 2


def test_what_has_no_direction_is_counted_with_all(metrics: AgentMetrics) -> None:
    """Losses, reasons and races, as ever."""
    for name in (NAME, "l2b->l2a"):
        tallies = metrics.of_direction(name)
        tallies.count_loss(RequestId(bytes(32)), Reason.DEPOSIT_LOST)
        tallies.count_unfilled(Reason.UNPRICED)
        tallies.count_race(US, is_won=True)
    count = metrics.registry.get_sample_value
    assert count("beamer_losses_total", {"kind": "deposit_lost"}) == 2
    assert count("beamer_requests_unfilled_total", {"reason": "unpriced"}) == 2
    assert count("beamer_races_total", {"outcome": "won", "filler": US}) == 2
