"""Claim: somebody's stake on having filled a request, and the challenge game around it."""

from dataclasses import dataclass, field
from typing import Final

from statemachine import State, StateMachine

from beamer_agent.events.model import ClaimMade
from beamer_agent.state.machine import TransitionTable, next_state, transition_table
from beamer_agent.types import Address, ClaimId, FillId, RequestId, Timestamp, Wei


class ClaimMachine(StateMachine):
    """The life of a claim.

    `challenge` is a bid that turns the game; `resolution` and `l1_invalidate` are proofs from L1
    against the claim, `l1_confirm` is one for it, which also heals an earlier invalidation
    (`protocol.md` section 3, resolveRequest). `start_challenge` and `ignore` are decisions.
    """

    started = State(initial=True)
    claimer_winning = State()
    challenger_winning = State()
    invalidated_l1_resolved = State()
    ignored = State()
    withdrawn = State()

    start_challenge = started.to(claimer_winning) | withdrawn.to.itself(internal=True)
    challenge = (
        started.to(challenger_winning)
        | claimer_winning.to(challenger_winning)
        | challenger_winning.to(claimer_winning)
        | ignored.to.itself(internal=True)
    )
    resolution = (
        started.to(invalidated_l1_resolved)
        | claimer_winning.to(invalidated_l1_resolved)
        | challenger_winning.to(invalidated_l1_resolved)
        | ignored.to(invalidated_l1_resolved)
        | invalidated_l1_resolved.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    l1_invalidate = (
        started.to(invalidated_l1_resolved)
        | claimer_winning.to(invalidated_l1_resolved)
        | challenger_winning.to(invalidated_l1_resolved)
        | ignored.to(invalidated_l1_resolved)
        | invalidated_l1_resolved.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    l1_confirm = (
        invalidated_l1_resolved.to(claimer_winning)
        | started.to.itself(internal=True)
        | claimer_winning.to.itself(internal=True)
        | challenger_winning.to.itself(internal=True)
        | ignored.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )
    withdraw = (
        started.to(withdrawn)
        | claimer_winning.to(withdrawn)
        | challenger_winning.to(withdrawn)
        | invalidated_l1_resolved.to(withdrawn)
        | ignored.to(withdrawn)
    )
    ignore = (
        started.to(ignored)
        | claimer_winning.to(ignored)
        | challenger_winning.to(ignored)
        | ignored.to.itself(internal=True)
        | withdrawn.to.itself(internal=True)
    )


CLAIM_TRANSITIONS: Final[TransitionTable] = transition_table(ClaimMachine)


@dataclass(slots=True)
class Claim:
    """One claim, folded from the source chain's events. Owned by one thread. Stakes are wei."""

    id: ClaimId
    request_id: RequestId
    claimer: Address
    fill_id: FillId
    claimer_stake: Wei
    last_challenger: Address
    challenger_stake_total: Wei
    termination: Timestamp
    """From this source-chain time on, the side that is ahead may withdraw."""
    first_termination: Timestamp
    """The termination it began with: its making and the claim period."""
    state: str = ClaimMachine.started.value
    challenger_stakes: dict[Address, Wei] = field(default_factory=dict)
    """What each challenger has put in and not taken out yet."""

    @classmethod
    def from_event(cls, event: ClaimMade) -> "Claim":
        """The claim that its first `ClaimMade` tells of."""
        return cls(
            id=event.claim_id,
            request_id=event.request_id,
            claimer=event.claimer,
            fill_id=event.fill_id,
            claimer_stake=event.claimer_stake,
            last_challenger=event.last_challenger,
            challenger_stake_total=event.challenger_stake_total,
            termination=event.termination,
            first_termination=event.termination,
        )

    @property
    def is_claimer_ahead(self) -> bool:
        """Whether the claimer's stake exceeds the challengers' (`protocol.md`, the game)."""
        return self.claimer_stake > self.challenger_stake_total

    def advance(self, event: str) -> None:
        """Take the transition that `event` names.

        Raises:
            IllegalTransitionError: there is none; nothing has changed.
        """
        self.state = next_state(CLAIM_TRANSITIONS, self.state, event)
