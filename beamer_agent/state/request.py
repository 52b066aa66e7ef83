"""Request: a user's wish to move tokens, and what has happened to it so far."""

from dataclasses import dataclass, field
from typing import Final

from statemachine import State, StateMachine

from beamer_agent.events.model import (
    ClaimStakeWithdrawn,
    FillInvalidated,
    RequestCreated,
    RequestFilled,
    RequestResolved,
)
from beamer_agent.state.machine import TransitionTable, next_state, transition_table
from beamer_agent.types import Address, ClaimId, FillId, RequestId


class RequestMachine(StateMachine):
    """The life of a request. Facts (chain events) are legal in every state they can occur in.

    `fill`, `claim`, `l1_resolve` and `withdraw` are facts and may arrive from two chains in any
    order; the state is the furthest of them. `try_to_fill`, `try_to_claim` and `ignore` are
    decisions of this process, made anew after a restart.
    """

    pending = State(initial=True)
    filled = State()
    claimed = State()
    l1_resolved = State()
    withdrawn = State()
    ignored = State()

    fill = (
        pending.to(filled)
        | ignored.to(filled)
        | filled.to.itself(internal=True)
        | claimed.to.itself(internal=True)
        | l1_resolved.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    try_to_fill = pending.to(filled)
    claim = (
        pending.to(claimed)
        | filled.to(claimed)
        | ignored.to(claimed)
        | claimed.to.itself(internal=True)
        | l1_resolved.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    try_to_claim = filled.to(claimed)
    l1_resolve = (
        pending.to(l1_resolved)
        | filled.to(l1_resolved)
        | claimed.to(l1_resolved)
        | l1_resolved.to.itself(internal=True)
        | ignored.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    withdraw = (
        pending.to(withdrawn)
        | filled.to(withdrawn)
        | claimed.to(withdrawn)
        | l1_resolved.to(withdrawn)
        | ignored.to(withdrawn)
    )
    ignore = pending.to(ignored) | filled.to(ignored) | ignored.to.itself(internal=True)


REQUEST_TRANSITIONS: Final[TransitionTable] = transition_table(RequestMachine)


@dataclass(frozen=True, slots=True)
class DepositWithdrawal:
    """Where the deposit went."""

    receiver: Address
    claim_id: ClaimId | None
    """The claim it went through; None when the request had expired."""


@dataclass(slots=True)
class Request:
    """One request, folded from the events of both chains. Owned by one thread."""

    created: RequestCreated
    state: str = RequestMachine.pending.value
    fill: RequestFilled | None = None
    """The fill on the target chain; None also while our own is only on its way."""
    invalidations: dict[FillId, FillInvalidated] = field(default_factory=dict)
    """Fills that the target chain says are not there; its word may still be on its way."""
    resolution: RequestResolved | None = None
    invalidated_fill_ids: set[FillId] = field(default_factory=set)
    """Fills that L1 proved absent."""
    last_stake_withdrawal: ClaimStakeWithdrawn | None = None
    """Of any claim on it; the deposit moves right after one, in the same transaction."""
    withdrawal: DepositWithdrawal | None = None

    @property
    def id(self) -> RequestId:
        """The request's id."""
        return self.created.request_id

    def advance(self, event: str) -> None:
        """Take the transition that `event` names.

        Raises:
            IllegalTransitionError: there is none; nothing has changed.
        """
        self.state = next_state(REQUEST_TRANSITIONS, self.state, event)
