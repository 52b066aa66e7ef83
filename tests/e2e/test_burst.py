"""Many requests at once, with a block a second: each is served exactly once, at little cost."""

from collections import Counter

import pytest

from beamer_agent.devnet.expenses import heights
from benchmarks.ledger import agent_ledger, failed
from benchmarks.lives import CLAIMED, STAGES, WITHDRAWN
from benchmarks.stand import LONG, standing
from tests.agent_process import OWN_COMMAND

pytestmark = pytest.mark.e2e

COUNT = 60
MOST_CALLS = 12
"""For a transfer, polling included; what it really takes is the benchmark's business."""


def test_burst_is_filled_claimed_and_withdrawn_exactly_once() -> None:
    """Nothing is sent twice, nothing reverts, and the endpoints are not asked without end."""
    with standing(OWN_COMMAND) as stand:
        before, calls_before = heights(stand.world), stand.front.calls()
        hashes = stand.create(COUNT)
        # The stand's agent has done one transfer before, which is withdrawn with the others.
        stand.wait_for(CLAIMED, COUNT + 1)
        stand.world.increase_time(LONG)
        stand.wait_for(WITHDRAWN, COUNT + 1)
        calls = stand.front.calls() - calls_before
        lives = stand.lives(hashes)
        sent = agent_ledger(stand.world, before)
        assert stand.agent.stop() == 0
    assert len(lives.requests) == COUNT
    assert {stage: lives.off_by(stage) for stage in STAGES} == dict.fromkeys(STAGES, 0)
    assert failed(sent) == 0
    assert Counter(entry.function for entry in sent) == {
        "fillRequest": COUNT,
        "claimRequest": COUNT,
        "withdraw": COUNT + 1,
    }
    assert calls.total() / COUNT <= MOST_CALLS
