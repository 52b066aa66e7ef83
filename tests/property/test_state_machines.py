"""The transition tables: equal to the machines they are made from, and complete."""

import pytest
from statemachine import StateMachine
from statemachine.exceptions import TransitionNotAllowed

from beamer_agent.state.claim import CLAIM_TRANSITIONS, ClaimMachine
from beamer_agent.state.machine import (
    IllegalTransitionError,
    TransitionTable,
    next_state,
    transition_table,
)
from beamer_agent.state.request import REQUEST_TRANSITIONS, RequestMachine

pytestmark = pytest.mark.property

MACHINES: list[tuple[type[StateMachine], TransitionTable]] = [
    (RequestMachine, REQUEST_TRANSITIONS),
    (ClaimMachine, CLAIM_TRANSITIONS),
]

# The drawings of the agent's documentation, "Request state machine" and "Claim state machine".
SEED_REQUEST = """
    pending -> filled [fill]
    pending -> filled [try_to_fill]
    pending -> ignored [ignore]
    filled -> claimed [try_to_claim]
    claimed -> withdrawn [withdraw]
    claimed -> l1_resolved [l1_resolve]
    l1_resolved -> withdrawn [withdraw]
    l1_resolved -> l1_resolved [l1_resolve]
    filled -> withdrawn [withdraw]
    filled -> ignored [ignore]
    filled -> l1_resolved [l1_resolve]
    ignored -> withdrawn [withdraw]
    ignored -> ignored [l1_resolve]
    withdrawn -> withdrawn [l1_resolve]
"""
SEED_CLAIM = """
    started -> claimer_winning [start_challenge]
    withdrawn -> withdrawn [start_challenge]
    started -> withdrawn [withdraw]
    claimer_winning -> challenger_winning [challenge]
    challenger_winning -> claimer_winning [challenge]
    ignored -> ignored [challenge]
    withdrawn -> withdrawn [l1_invalidate]
    claimer_winning -> invalidated_l1_resolved [resolution]
    challenger_winning -> invalidated_l1_resolved [resolution]
    claimer_winning -> withdrawn [withdraw]
    challenger_winning -> withdrawn [withdraw]
    ignored -> withdrawn [withdraw]
    claimer_winning -> ignored [ignore]
    challenger_winning -> ignored [ignore]
    ignored -> ignored [ignore]
    withdrawn -> withdrawn [ignore]
"""

# What `protocol.md` adds at the end of section 7.
PROTOCOL_REQUEST = """
    pending -> withdrawn [withdraw]
    pending -> l1_resolved [l1_resolve]
    ignored -> filled [fill]
    filled -> filled [fill]
    claimed -> claimed [fill]
"""
PROTOCOL_CLAIM = """
    started -> challenger_winning [challenge]
    started -> invalidated_l1_resolved [resolution]
    started -> invalidated_l1_resolved [l1_invalidate]
    claimer_winning -> invalidated_l1_resolved [l1_invalidate]
    challenger_winning -> invalidated_l1_resolved [l1_invalidate]
    ignored -> invalidated_l1_resolved [resolution]
    ignored -> invalidated_l1_resolved [l1_invalidate]
    invalidated_l1_resolved -> withdrawn [withdraw]
"""


def drawn(drawing: str) -> dict[tuple[str, str], str]:
    """The transitions of a drawing."""
    lines = [line.split() for line in drawing.strip().splitlines()]
    return {(source, event.strip("[]")): target for source, _, target, event in lines}


def states(machine: type[StateMachine]) -> list[str]:
    """The names of all states."""
    return [state.value for state in machine.states_map.values()]


def events(machine: type[StateMachine]) -> list[str]:
    """The names of all events."""
    return sorted(
        {e.id for s in machine.states_map.values() for t in s.transitions for e in t.events}
    )


PAIRS = [
    (machine, table, state, event)
    for machine, table in MACHINES
    for state in states(machine)
    for event in events(machine)
]


@pytest.mark.parametrize(
    ("machine", "table", "state", "event"),
    PAIRS,
    ids=[f"{m.__name__}-{state}-{event}" for m, _, state, event in PAIRS],
)
def test_the_table_agrees_with_the_machine(
    machine: type[StateMachine], table: TransitionTable, state: str, event: str
) -> None:
    """On every pair of state and event, legal or not."""
    real = machine(start_value=state)
    try:
        real.send(event)
    except TransitionNotAllowed:
        with pytest.raises(IllegalTransitionError, match=f"no transition {event} from {state}"):
            next_state(table, state, event)
    else:
        assert next_state(table, state, event) == real.current_state_value


def test_the_tables_hold_nothing_else() -> None:
    """No state and no event that the machine does not have; and they cannot be changed."""
    for machine, table in MACHINES:
        assert table == transition_table(machine)
        assert {state for state, _ in table} | set(table.values()) == set(states(machine))
        assert {event for _, event in table} == set(events(machine))
        assert not hasattr(table, "__setitem__")


@pytest.mark.parametrize(
    ("table", "drawing"),
    [
        (REQUEST_TRANSITIONS, SEED_REQUEST),
        (REQUEST_TRANSITIONS, PROTOCOL_REQUEST),
        (CLAIM_TRANSITIONS, SEED_CLAIM),
        (CLAIM_TRANSITIONS, PROTOCOL_CLAIM),
    ],
    ids=["request", "request-protocol", "claim", "claim-protocol"],
)
def test_every_documented_transition_is_there(table: TransitionTable, drawing: str) -> None:
    """They are the minimum."""
    assert drawn(drawing).items() <= dict(table).items()


FACTS = ("fill", "claim", "l1_resolve")


@pytest.mark.parametrize("event", FACTS)
@pytest.mark.parametrize("state", states(RequestMachine))
def test_a_fact_about_a_request_is_legal_in_every_state(state: str, event: str) -> None:
    """Two chains tell of it, in any order."""
    assert (state, event) in REQUEST_TRANSITIONS


@pytest.mark.parametrize("machine", [RequestMachine, ClaimMachine])
def test_every_open_state_can_be_withdrawn_from(machine: type[StateMachine]) -> None:
    """Whatever happened, the end is that the money moves."""
    table = transition_table(machine)
    open_ = set(states(machine)) - {"withdrawn"}
    assert {state for state, event in table if event == "withdraw"} == open_
    ends = {table[state, event] for state, event in table if state == "withdrawn"}
    assert ends == {"withdrawn"}
