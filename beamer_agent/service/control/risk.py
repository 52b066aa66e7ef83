"""What is at risk if the agent stopped now: a pure look at its reports, as sentences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from beamer_agent.planning.report import (
    DirectionReport,
    DirectionReports,
    ObligationStage,
    StageReport,
)
from beamer_agent.service.control.spans import span
from beamer_agent.transactions.queue import Work
from beamer_agent.types import Timestamp
from beamer_agent.units import ether

Works = Mapping[str, Work]
"""By the names of chains."""

_WORDS: Final[Mapping[ObligationStage, str]] = {
    ObligationStage.FILLING: "a fill on its way",
    ObligationStage.FILLED: "a fill to claim",
    ObligationStage.CLAIMED: "a claim to withdraw",
    ObligationStage.CONTESTED: "a claim to defend",
    ObligationStage.STAKED: "a challenge to carry through",
}


@dataclass(frozen=True, slots=True)
class _Deadline:
    """The first thing that can be lost."""

    seconds: float
    direction: str
    stage: ObligationStage


def describe_risk(reports: DirectionReports, works: Works, now: Timestamp) -> list[str]:
    """What is open by direction and stage, what is in flight, and one sentence on all of it.

    Sums are in base units, by the operator's names of tokens.
    """
    lines = [line for name in sorted(reports) for line in _direction(name, reports[name], now)]
    lines.extend(_transactions(works))
    lines.append(_summary(reports, works, now))
    return lines


def describe_stages(report: DirectionReport) -> str:
    """Counts of what is open: `2 filled, 1 contested`; `nothing`."""
    open_stages = ((stage, report.stages[stage].count) for stage in ObligationStage)
    return ", ".join(f"{count} {stage}" for stage, count in open_stages if count) or "nothing"


def describe_work(works: Works) -> Iterator[str]:
    """`l2a: 2 transactions in flight, 1 waits`, for chains where there are any."""
    for chain, work in sorted(works.items()):
        if not work.is_over:
            noun = "transaction" if work.in_flight == 1 else "transactions"
            verb = "waits" if work.waiting == 1 else "wait"
            yield f"{chain}: {work.in_flight} {noun} in flight, {work.waiting} {verb}"


def _direction(name: str, report: DirectionReport | None, now: Timestamp) -> Iterator[str]:
    if report is None:
        yield f"{name}: not known yet, its chains are not read"
        return
    note = "" if report.is_deciding else f" (as of {span(now - report.made_at)} ago)"
    if report.open_count == 0:
        yield f"{name}: nothing is open{note}"
        return
    yield f"{name}{note}"
    for stage in ObligationStage:
        if report.stages[stage].count:
            yield f"  {_stage(stage, report.stages[stage], report, now)}"


def _stage(
    stage: ObligationStage, sums: StageReport, report: DirectionReport, now: Timestamp
) -> str:
    parts = [f"{symbol} {amount}" for symbol, amount in sorted(sums.amounts.items())]
    if sums.stake:
        parts.append(f"stake {ether(sums.stake)}")
    left = _left(sums, report, now)
    if left is not None:
        parts.append(f"{span(left)} left" if left > 0 else "its time is over")
    return f"{sums.count} {stage}: {', '.join(parts)}"


def _transactions(works: Works) -> list[str]:
    return list(describe_work(works)) or ["No transaction is in flight or waits."]


def _left(sums: StageReport, report: DirectionReport, now: Timestamp) -> float | None:
    """Seconds until the nearest deadline, by the source chain's clock."""
    if sums.nearest_deadline is None:
        return None
    source_now = report.source_time + max(0, now - report.made_at)
    return sums.nearest_deadline - source_now


def _deadlines(reports: DirectionReports, now: Timestamp) -> Iterator[_Deadline]:
    for name, report in reports.items():
        if report is None:
            continue
        for stage, sums in report.stages.items():
            left = _left(sums, report, now)
            if sums.count and left is not None:
                yield _Deadline(left, name, stage)


def _summary(reports: DirectionReports, works: Works, now: Timestamp) -> str:
    nearest = min(_deadlines(reports, now), key=lambda deadline: deadline.seconds, default=None)
    unknown = _unknown(reports)
    if nearest is not None:
        what = f"{nearest.direction} has {_WORDS[nearest.stage]}"
        return f"Stop now, and be back within {span(nearest.seconds)}: {what}. {unknown}".rstrip()
    if unknown:
        return unknown
    if any(report.open_count for report in reports.values() if report is not None):
        return "Nothing presses; but nobody answers a challenge of its claims meanwhile."
    if all(work.is_over for work in works.values()):
        return "Nothing is open: nothing is at risk."
    return "Nothing is open but transactions on their way: what they do is seen after a start."


def _unknown(reports: DirectionReports) -> str:
    """A sentence on directions of which more may be open; empty: there are none."""
    names = sorted(name for name, r in reports.items() if r is None or not r.is_whole)
    if not names:
        return ""
    verb = "is" if len(names) == 1 else "are"
    return f"Not everything is known yet: {', '.join(names)} {verb} still being read."
