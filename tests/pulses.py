"""Readings of pulses: workers that do well, die or hang at a moment called NOW."""

from beamer_agent.pulse import PulseReading

NOW = 100_000.0
LIMIT = 60.0


def reading(
    part: str,
    *,
    is_working: bool = False,
    seconds: float = 1.0,
    limit: float = LIMIT,
    failures: int = 0,
    error: str | None = None,
    has_died: bool = False,
) -> PulseReading:
    """Of a worker of a part."""
    since = NOW - seconds
    worker = f"Worker[{part}]"
    return PulseReading(worker, part, 1, limit, is_working, since, 10, failures, error, has_died)


def resting(part: str, seconds: float = 1.0, failures: int = 0) -> PulseReading:
    """Waits for its next step."""
    return reading(part, seconds=seconds, failures=failures, error="slow" if failures else None)


def working(part: str, seconds: float, limit: float = LIMIT) -> PulseReading:
    """Has been in a step for some seconds."""
    return reading(part, is_working=True, seconds=seconds, limit=limit)


def hanging(part: str) -> PulseReading:
    """In a step for too long."""
    return working(part, LIMIT + 1)


def died(part: str) -> PulseReading:
    """By a defect."""
    return reading(part, failures=1, error="KeyError", has_died=True)
