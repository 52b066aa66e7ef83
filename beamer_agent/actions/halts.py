"""Halts: what is not begun in a direction that is paused, or drained; what is open goes on.

not begun    fills; challenges of claims on requests of which nothing is ours
goes on      claims, withdrawals, proofs, the games of our claims, deposits and stakes
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.stakes import is_deposit_at_stake, own_stake
from beamer_agent.actions.view import DirectionView
from beamer_agent.state.claim import ClaimMachine
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.switches import Halt

_REASONS: Final[Mapping[Halt, Skip]] = MappingProxyType(
    {Halt.PAUSED: Skip(Reason.PAUSED), Halt.DRAINING: Skip(Reason.DRAINING)}
)


def halted(view: DirectionView) -> Skip | None:
    """Why nothing new is begun; None: it may be."""
    return None if view.halt is None else _REASONS[view.halt]


def not_joined(request: Request, claims: ClaimTracker, view: DirectionView) -> Skip | None:
    """Why claims on a request are not challenged now, nor proven false; None: they may be.

    Whatever is ours there is defended as ever.
    """
    if view.halt is None or is_deposit_at_stake(request, view.account):
        return None
    standing = (
        claim
        for claim in claims.of_request(request.id)
        if claim.state != ClaimMachine.withdrawn.value
    )
    is_ours = any(own_stake(claim, view.account) > 0 for claim in standing)
    return None if is_ours else _REASONS[view.halt]
