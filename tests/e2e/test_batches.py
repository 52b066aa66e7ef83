"""An agent whose account delegates: the same transfers, in far fewer transactions."""

import pytest

from beamer_agent.devnet.expenses import heights
from benchmarks.ledger import agent_ledger, failed
from benchmarks.lives import CLAIMED, STAGES, WITHDRAWN
from benchmarks.stand import LONG, standing
from tests.agent_process import OWN_COMMAND

pytestmark = pytest.mark.e2e

COUNT = 40
MOST_TRANSACTIONS = COUNT
"""Alone they are three for each; how few they are depends on what arrives together."""


def test_burst_in_batches_is_filled_claimed_and_withdrawn_exactly_once() -> None:
    """The account is filler and claimer of all of them, and is paid though it has code."""
    with standing(OWN_COMMAND, batch=True) as stand:
        before = heights(stand.world)
        hashes = stand.create(COUNT)
        # The stand's agent has done one transfer before, which is withdrawn with the others.
        stand.wait_for(CLAIMED, COUNT + 1)
        stand.world.increase_time(LONG)
        stand.wait_for(WITHDRAWN, COUNT + 1)
        lives = stand.lives(hashes)
        sent = agent_ledger(stand.world, before)
        assert stand.agent.stop() == 0
    assert {stage: lives.off_by(stage) for stage in STAGES} == dict.fromkeys(STAGES, 0)
    assert failed(sent) == 0
    assert len(sent) <= MOST_TRANSACTIONS
