"""Alerts in a hurry: the rules as they are, but without their waiting times.

`python -m tests.hasty_alerts` is the agent with such alerts.
"""

import dataclasses
from collections.abc import Callable

from beamer_agent.service.alerts import evaluator, table, watch

PERIOD_SECONDS = 0.05


def hurry(set_attribute: Callable[[object, str, object], None] = setattr) -> None:
    """Have alerts fire and end at once."""
    rules = tuple(dataclasses.replace(rule, hold=0) for rule in table.RULES)
    set_attribute(table, "RULES", rules)
    set_attribute(watch, "PERIOD_SECONDS", PERIOD_SECONDS)
    set_attribute(evaluator, "QUIET_SECONDS", 2 * PERIOD_SECONDS)


if __name__ == "__main__":
    from beamer_agent.__main__ import main

    hurry()
    main()
