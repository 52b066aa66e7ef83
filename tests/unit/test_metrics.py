"""Metrics: what batches say, as Prometheus reads it."""

import pytest

from beamer_agent.actions.model import Reason
from beamer_agent.planning import game_log, request_log
from beamer_agent.service.metrics.agent import MOST_RIVALS, AgentMetrics
from tests.factories import (
    ALICE,
    SOURCE,
    STAKE,
    US,
    make_address,
    make_block,
    make_claim_made,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_batch

pytestmark = pytest.mark.unit

CHAIN = {"chain_id": str(SOURCE)}


@pytest.fixture
def metrics() -> AgentMetrics:
    """Of our account."""
    return AgentMetrics(US)


def own(metrics: AgentMetrics, action: str, chain_id: int = SOURCE) -> float | None:
    """How often we did something."""
    labels = {"chain_id": str(chain_id), "action": action}
    return metrics.registry.get_sample_value("beamer_own_actions_total", labels)


def test_chain_is_shown_as_it_was_seen_last(metrics: AgentMetrics) -> None:
    """Head, how far events are read, and whether it answers."""
    metrics.observe(make_batch(head=make_block(7), events_until=5, is_reachable=False))
    names = ("head_block", "events_until_block", "reachable")
    values = [metrics.registry.get_sample_value(f"beamer_chain_{n}", CHAIN) for n in names]
    assert values == [7, 5, 0]


def test_events_are_counted_by_type(metrics: AgentMetrics) -> None:
    """On their chain."""
    metrics.observe(make_batch(make_request_created(), make_request_created(), make_claim_made()))
    count = metrics.registry.get_sample_value
    assert count("beamer_events_total", CHAIN | {"event": "RequestCreated"}) == 2
    assert count("beamer_events_total", CHAIN | {"event": "ClaimMade"}) == 1


def test_only_our_own_actions_are_counted_as_such(metrics: AgentMetrics) -> None:
    """A bid in a claim's game is no new claim."""
    metrics.observe(
        make_batch(
            make_request_filled(),
            make_request_filled(filler=ALICE),
            make_claim_made(),
            make_claim_made(challenger_stake_total=STAKE),
            make_claim_made(claimer=ALICE),
            make_deposit_withdrawn(),
            make_deposit_withdrawn(receiver=ALICE),
            chain_id=SOURCE,
        )
    )
    assert [own(metrics, action) for action in ("fill", "claim", "withdraw")] == [1, 1, 1]


def test_agents_do_not_share_counters() -> None:
    """Each has a registry of its own."""
    first, second = AgentMetrics(US), AgentMetrics(US)
    first.observe(make_batch(make_claim_made()))
    assert own(second, "claim") is None


def test_losses_are_counted_by_kind(metrics: AgentMetrics) -> None:
    """An operator sets an alert on them."""
    for reason in (Reason.FILL_MOVED, Reason.FILL_MOVED, Reason.REQUEST_VANISHED):
        metrics.count_loss(reason)
    count = metrics.registry.get_sample_value
    assert count("beamer_losses_total", {"kind": "fill_moved"}) == 2
    assert count("beamer_losses_total", {"kind": "request_vanished"}) == 1


def test_losses_are_there_before_the_first(metrics: AgentMetrics) -> None:
    """Of what begins with 1, Prometheus sees no increase."""
    for kind in (*game_log.LOSSES, *request_log.LOSSES):
        labels = {"kind": kind.name.lower()}
        assert metrics.registry.get_sample_value("beamer_losses_total", labels) == 0


def test_requests_that_are_not_filled_are_counted_by_reason(metrics: AgentMetrics) -> None:
    """As they are told in the log."""
    for reason in (Reason.UNPROFITABLE, Reason.UNPROFITABLE, Reason.OPEN_LIMIT):
        metrics.count_unfilled(reason)
    count = metrics.registry.get_sample_value
    assert count("beamer_requests_unfilled_total", {"reason": "unprofitable"}) == 2
    assert count("beamer_requests_unfilled_total", {"reason": "open_limit"}) == 1


def test_races_are_counted_by_who_has_won(metrics: AgentMetrics) -> None:
    """Us, or a rival by his address."""
    metrics.count_race(US, is_won=True)
    for _ in range(2):
        metrics.count_race(ALICE, is_won=False)
    assert races(metrics, "won", US) == 1
    assert races(metrics, "lost", ALICE) == 2


def test_rivals_without_number_have_one_label(metrics: AgentMetrics) -> None:
    """The first ones keep theirs, and we have ours."""
    rivals = [make_address(number) for number in range(MOST_RIVALS + 5)]
    for rival in (*rivals, rivals[0]):
        metrics.count_race(rival, is_won=False)
    metrics.count_race(US, is_won=True)
    assert races(metrics, "lost", rivals[0]) == 2
    assert races(metrics, "lost", rivals[MOST_RIVALS - 1]) == 1
    assert races(metrics, "lost", rivals[MOST_RIVALS]) is None
    assert races(metrics, "lost", "other") == 5
    assert races(metrics, "won", US) == 1


def races(metrics: AgentMetrics, outcome: str, filler: str) -> float | None:
    """How many have ended so."""
    labels = {"outcome": outcome, "filler": filler}
    return metrics.registry.get_sample_value("beamer_races_total", labels)
