"""Verdict: what pulses and past restarts ask for. Pure: nothing is known but what is handed in.

A part fails: gentle restart. It fails again soon: hard restart. Once more: the service is in
Error, and is restarted whole after a pause. Who needs too many restarts in an hour is thrashing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from beamer_agent.errors import ServiceError, ThrashingError
from beamer_agent.orders import SERVICE, SUPERVISOR, Restart, RestartKind
from beamer_agent.pulse import PulseReading
from beamer_agent.service.restarts import PastRestart

QUIET_SECONDS: Final = 600.0
"""A part that needed no restart for so long begins with a gentle one again."""
HOUR_SECONDS: Final = 3_600.0
MOST_RESTARTS: Final = 6
"""Per hour, of all parts together; what somebody else asked for does not count."""
FIRST_PAUSE_SECONDS: Final = 60.0
LONGEST_PAUSE_SECONDS: Final = 600.0
"""Before the whole service is restarted; doubled by each such restart of the hour before."""

_ARROW: Final = "->"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What shall be done about workers that failed."""

    orders: tuple[Restart, ...] = ()
    error: ServiceError | None = None
    """Why the service does not function."""


def judge(readings: Iterable[PulseReading], past: Sequence[PastRestart], now: float) -> Verdict:
    """What the failures of workers ask for.

    Args:
        readings: of all workers that shall be at work.
        past: the restarts of the last hour and those on their way; taken before the readings.
        now: in monotonic seconds.
    """
    on_their_way = {restart.part for restart in past if restart.is_pending}
    failed = _without_effects(_failed_parts(readings, now), on_their_way)
    if not failed:
        return Verdict()
    ours = [restart for restart in past if restart.by == SUPERVISOR]
    kinds = {part: _next_kind(part, ours, now) for part in failed}
    orders = tuple(
        Restart(part, kind, failed[part], SUPERVISOR)
        for part, kind in kinds.items()
        if kind is not None
    )
    spent = sum(now - restart.at < HOUR_SECONDS for restart in ours)
    if spent + len(failed) > MOST_RESTARTS:
        reasons = "; ".join(failed.values())
        return Verdict(error=ThrashingError(f"{spent} restarts within an hour, and {reasons}"))
    hopeless = [f"{failed[part]}, though {part} is new" for part in failed if kinds[part] is None]
    return Verdict(orders, ServiceError("; ".join(hopeless)) if hopeless else None)


def pause_before_restart(past: Iterable[PastRestart], since: float) -> float:
    """How many seconds the service stays in Error, before it is restarted whole.

    Args:
        past: the restarts of the last hour.
        since: when it came into Error, in monotonic seconds.
    """
    before = sum(
        restart.part == SERVICE
        and restart.by == SUPERVISOR
        and since - HOUR_SECONDS < restart.at <= since
        for restart in past
    )
    return min(FIRST_PAUSE_SECONDS * 2.0**before, LONGEST_PAUSE_SECONDS)


def _failed_parts(readings: Iterable[PulseReading], now: float) -> dict[str, str]:
    """Each part that has a failed worker, with the reason; chains first."""
    failed: dict[str, str] = {}
    for reading in readings:
        reason = _failure(reading, now)
        if reason is not None and reading.part not in ("", SUPERVISOR):
            failed.setdefault(reading.part, reason)
    return dict(sorted(failed.items(), key=lambda item: (_ARROW in item[0], item[0])))


def _failure(reading: PulseReading, now: float) -> str | None:
    if reading.has_died:
        return f"{reading.worker} died ({reading.error})"
    if reading.hangs(now):
        return f"{reading.worker} hangs for {now - reading.since:.0f} s"
    return None


def _without_effects(failed: Mapping[str, str], on_their_way: set[str]) -> dict[str, str]:
    """Those that nothing is done for yet.

    Workers of a direction may hang in calls to a chain, which ends with that chain's restart.
    """
    if SERVICE in on_their_way:
        return {}
    healed = {part for part in (*on_their_way, *failed) if _ARROW not in part}
    return {
        part: reason
        for part, reason in failed.items()
        if part not in on_their_way and not (_ARROW in part and healed & set(part.split(_ARROW)))
    }


def _next_kind(part: str, ours: Iterable[PastRestart], now: float) -> RestartKind | None:
    """The next step of the escalation; None when there is none for a part alone."""
    kinds = {
        restart.kind
        for restart in ours
        if restart.part in (part, SERVICE) and now - restart.at < QUIET_SECONDS
    }
    if RestartKind.HARD in kinds:
        return None
    return RestartKind.HARD if RestartKind.GENTLE in kinds else RestartKind.GENTLE
