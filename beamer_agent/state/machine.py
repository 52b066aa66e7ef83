"""How the state machines are run: by a table derived from their python-statemachine definition.

The classes `RequestMachine` and `ClaimMachine` are the one definition of what is legal, and what
the diagrams in the documentation are drawn from. A machine object per request costs 11 KiB and
90 us per event, which a start from 100 000 events cannot afford; the table costs 0.1 us.
A test holds table and machine together on every pair of state and event.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from statemachine import StateMachine

from beamer_agent.errors import BeamerAgentError

TransitionTable: TypeAlias = Mapping[tuple[str, str], str]
"""(state, event) -> next state, for every legal pair."""


class IllegalTransitionError(BeamerAgentError):
    """The event has no transition from the state; it is kept and tried again later."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"no transition {event} from {state}")


def transition_table(machine: type[StateMachine]) -> TransitionTable:
    """The transitions of a machine without guards."""
    return MappingProxyType(
        {
            (state.value, event.id): transition.target.value
            for state in machine.states_map.values()
            for transition in state.transitions
            for event in transition.events
        }
    )


def next_state(table: TransitionTable, state: str, event: str) -> str:
    """The state that an event leads to.

    Raises:
        IllegalTransitionError: the pair is not in the table.
    """
    try:
        return table[state, event]
    except KeyError:
        raise IllegalTransitionError(state, event) from None
