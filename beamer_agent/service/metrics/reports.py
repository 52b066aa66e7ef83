"""Prometheus metrics of what directions report: open obligations, and what is lacking."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.planning.report import DirectionReport, DirectionReports
from beamer_agent.service.metrics.families import gauge

STAGE = ("direction", "stage")


class ReportCollector(Collector):
    """The newest reports; keeps nothing itself.

    Args:
        registry: which asks.
    """

    def __init__(
        self, registry: CollectorRegistry, reports: Callable[[], DirectionReports]
    ) -> None:
        self._reports = reports
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: directions need not be known when the collector is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """By direction and stage."""
        reports = {name: report for name, report in self._reports().items() if report}
        yield from _obligations(reports)
        yield gauge(
            "beamer_funds_lacking",
            "1 for funds for want of which something is not done: top them up. Token native: the "
            "chain's own currency.",
            ("direction", "chain_id", "token"),
            [
                ((name, str(lack.chain_id), lack.token), 1)
                for name, report in reports.items()
                for lack in report.lacking
            ],
        )
        yield gauge(
            "beamer_direction_deciding",
            "1 while both chains of the direction answer and are read. 0: nothing new is begun.",
            ("direction",),
            [((name,), report.is_deciding) for name, report in reports.items()],
        )


def _obligations(reports: Mapping[str, DirectionReport]) -> Iterator[Metric]:
    stages = [
        ((name, stage.value), found, report)
        for name, report in reports.items()
        for stage, found in report.stages.items()
    ]
    yield gauge(
        "beamer_obligations",
        "What is open, by how far it is. Filled ones must be claimed, contested ones answered: "
        "do not stop the agent for long.",
        STAGE,
        [(labels, found.count) for labels, found, _ in stages],
    )
    yield gauge(
        "beamer_obligations_base_units",
        "What was paid out for open obligations, in the token's smallest unit: the money at risk.",
        (*STAGE, "token"),
        [
            ((*labels, token), amount)
            for labels, found, _ in stages
            for token, amount in found.amounts.items()
        ],
    )
    yield gauge(
        "beamer_obligations_stake_wei",
        "Our stakes in open claims, in the source chain's native currency: at risk as well.",
        STAGE,
        [(labels, found.stake) for labels, found, _ in stages],
    )
    yield gauge(
        "beamer_obligations_nearest_deadline_timestamp_seconds",
        "When the first obligation of a stage must have gone on, by the clock that is ahead, the "
        "source chain's or ours; none: time does not press. Near: see that the chain is up.",
        STAGE,
        [
            (labels, found.nearest_deadline - max(0, report.source_time - report.made_at))
            for labels, found, report in stages
            if found.nearest_deadline is not None
        ],
    )
