"""Waiting for a condition, with an end to it."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from beamer_agent.errors import FatalError

T = TypeVar("T")

FIRST_PERIOD_SECONDS = 0.001
LONGEST_PERIOD_SECONDS = 0.02


def wait_until(
    condition: Callable[[], T | None],
    what: str,
    *,
    seconds: float = 30.0,
) -> T:
    """The first true value of the condition.

    Args:
        condition: asked again and again; anything false means "not yet".
        what: completes the sentence "timed out waiting for ...".
        seconds: how long to wait at most.

    Raises:
        FatalError: it did not become true in time.
    """
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    period = FIRST_PERIOD_SECONDS
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise FatalError(f"Timed out after {seconds:g} s waiting for {what}.")
        pause.wait(period)
        period = min(2 * period, LONGEST_PERIOD_SECONDS)
    return value
