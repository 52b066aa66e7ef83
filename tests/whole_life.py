"""Requests that an agent turned by hand follows to their end."""

from beamer_agent.devnet.participant import Request
from tests.e2e.story import WHOLE_LIFE, counts
from tests.hand_agent import HandAgent

AMOUNT = 10**6
"""Something of either token."""


def terminate(agent: HandAgent) -> None:
    """Let the claim period pass, on the chains and for the agent."""
    agent.world.increase_time(agent.world.settings.claim_period)
    agent.clock.advance(agent.world.settings.claim_period)


def finish(agent: HandAgent, *requests: Request) -> None:
    """Follow requests to their end; everything must have happened exactly once."""
    agent.turns(3)
    terminate(agent)
    agent.turns(3)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * len(requests)
