"""Every metric: named as Prometheus wants it, explained, and labelled with what is bounded."""

import re
from collections.abc import Iterator

import pytest
from prometheus_client.core import Metric

from beamer_agent.service.alerts.tally import MessageTally
from tests.exhibition import full_exhibition

pytestmark = pytest.mark.unit

UNITS = ("seconds", "wei", "base_units", "blocks", "block")
"""Base units only; a number without one is a count, or 0 and 1."""
OTHER_UNITS = r"ms|millis|milliseconds|minutes|hours|days|gwei|ether|eth|percent|kb|mb"
LABELS = {
    "action",
    "by",
    "chain",
    "chain_id",
    "depth",
    "direction",
    "endpoint",
    "event",
    "filler",
    "kind",
    "outcome",
    "part",
    "reason",
    "source",
    "stage",
    "state",
    "target",
    "token",
    "transaction",
    "worker",
}
"""What they may take is bounded by the configuration, or by the code."""


def families() -> Iterator[Metric]:
    """All that an agent shows, without what the process shows of itself."""
    shown = full_exhibition()
    MessageTally(shown.metrics.registry)
    for family in shown.metrics.registry.collect():
        if not family.name.startswith("process_"):
            yield family


FAMILIES = list(families())


def test_name_is_of_this_agent_in_snake_case() -> None:
    """One prefix, no capital, no colon: those are for rules."""
    for family in FAMILIES:
        assert re.fullmatch(r"beamer(_[a-z0-9]+)+", family.name)


def test_name_says_its_unit_at_the_end() -> None:
    """A base unit; a counter's `_total` comes behind it."""
    for family in FAMILIES:
        words = family.name.split("_")
        assert not [word for word in words if re.fullmatch(OTHER_UNITS, word)]
        for unit in UNITS[:3]:
            if f"_{unit}" in family.name:
                assert family.name.endswith(f"_{unit}")


def test_only_counters_are_totals() -> None:
    """By this, everybody knows of which to take the increase."""
    for family in FAMILIES:
        names = {sample.name for sample in family.samples}
        if family.type == "counter":
            assert names <= {family.name + "_total"}
        else:
            assert not family.name.endswith("_total")
            suffixes = ("_bucket", "_sum", "_count") if family.type == "histogram" else ("",)
            assert names <= {family.name + suffix for suffix in suffixes}


def test_help_says_what_it_is_and_what_to_do() -> None:
    """Two thoughts at least, and no address of anything."""
    for family in FAMILIES:
        text = family.documentation
        assert text.endswith(".")
        assert text[0].isupper() or text[0].isdigit()
        assert len(re.findall(r"[.:;]( |$)", text)) >= 2, text
        assert "http" not in text


def test_labels_are_those_that_are_bounded() -> None:
    """No URL, no request, no text of an error."""
    for family in FAMILIES:
        for sample in family.samples:
            own = set(sample.labels) - ({"le"} if family.type == "histogram" else set())
            assert own <= LABELS | {"channel"}
            for value in sample.labels.values():
                assert "/" not in value.removeprefix("l2a/")
                assert "secret" not in value
                assert len(value) <= 42


def test_there_is_something_to_see() -> None:
    """The other tests look at the samples."""
    for family in FAMILIES:
        unasked = {"beamer_alert_messages", "beamer_heartbeats", "beamer_periods"}
        assert family.samples or family.name in unasked


def test_no_name_is_taken_twice() -> None:
    """Prometheus would refuse all of them."""
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names))


def test_names_of_the_first_versions_stay() -> None:
    """Dashboards of operators are built on them."""
    names = {sample.name for family in FAMILIES for sample in family.samples}
    assert names >= {
        "beamer_chain_events_from_block",
        "beamer_chain_events_until_block",
        "beamer_chain_head_block",
        "beamer_chain_reachable",
        "beamer_chain_reorganisations_total",
        "beamer_endpoint_distrusted",
        "beamer_endpoint_errors_total",
        "beamer_endpoint_lag_seconds",
        "beamer_endpoint_latency_seconds",
        "beamer_endpoint_rate_limited_total",
        "beamer_endpoint_usable",
        "beamer_events_total",
        "beamer_losses_total",
        "beamer_own_actions_total",
        "beamer_races_total",
        "beamer_requests_unfilled_total",
        "beamer_transactions_ended_total",
        "beamer_transactions_fees_paid_wei_total",
        "beamer_transactions_foreign_total",
        "beamer_transactions_gaps_closed_total",
        "beamer_transactions_gas_used_total",
        "beamer_transactions_held_back_total",
        "beamer_transactions_in_flight",
        "beamer_transactions_sent_again_total",
        "beamer_transactions_waiting",
    }
