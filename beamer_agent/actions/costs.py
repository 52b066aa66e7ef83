"""Costs: what the actions of a transfer are expected to cost on one chain."""

from dataclasses import dataclass
from typing import Final

from beamer_agent.types import Wei

NOTHING: Final = Wei(0)


@dataclass(frozen=True, slots=True)
class ActionCosts:
    """The whole expected cost of one action each, fees for its data on L1 included.

    Expected, not highest: the base fee as it is, and the usual tip.
    """

    fill: Wei
    claim: Wei
    withdraw: Wei
    approve: Wei = NOTHING
    """Of a token, for a fill that needs an approval of its own."""
