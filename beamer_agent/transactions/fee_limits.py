"""Fee limits: the most, and the least, that an operator pays per gas on a chain."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from beamer_agent.actions.model import (
    Action,
    ChallengeClaim,
    ClaimFill,
    InvalidateFill,
    RelayMessage,
)
from beamer_agent.economy.market import NO_TIP
from beamer_agent.types import Seconds, Timestamp, Wei

URGENT_SECONDS: Final = Seconds(1_800)
"""How long before its deadline an action may pay up to the urgent cap.

Waiting for gas to become cheaper costs nothing until then, and being late costs a deposit or a
stake. Half an hour are 150 blocks of the slowest chain: time for twenty replacements, should the
first price be too low, and for an endpoint that is away for some minutes. What had less time than
that from the beginning, in chains with short claim periods, has none to spare.
"""


@dataclass(frozen=True, slots=True)
class FeeLimits:
    """Wei per gas; None is no limit."""

    ordinary: Wei | None = None
    """The most for whatever can wait."""
    urgent: Wei | None = None
    """The most for what is lost when it is late."""
    least_tip: Wei = NO_TIP
    """The least on top of the base fee."""

    def cap(self, actions: Iterable[Action], now: Timestamp) -> Wei | None:
        """The most for a transaction that serves these actions, or that they wait behind."""
        is_urgent = any(_is_urgent(action, now) for action in actions)
        return self.urgent if is_urgent else self.ordinary


NO_LIMITS: Final = FeeLimits()
"""Whatever the market takes."""


def _is_urgent(action: Action, now: Timestamp) -> bool:
    match action:
        case ClaimFill() | ChallengeClaim():
            return action.deadline - now <= URGENT_SECONDS
        case InvalidateFill() | RelayMessage():
            # A proof has to arrive before its claim ends; its steps are sent when they are worth
            # more than they cost.
            return True
        case _:
            return False
