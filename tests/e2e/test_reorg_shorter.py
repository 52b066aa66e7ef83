"""A chain that is shorter than it was, and stands still: it is borne with, then believed."""

from pathlib import Path
from typing import Final

import pytest

from tests.e2e.reorg_site import ReorgSite
from tests.e2e.story import WHOLE_LIFE, counts, happened
from tests.stage import AMOUNT, FILLED

pytestmark = [pytest.mark.e2e, pytest.mark.faults]

LOST_BLOCKS: Final = 3
POLL_SECONDS: Final = 3.0
"""Seen once, blocks are soon given up; the agent must not look again before they are gone."""


def test_chain_that_has_lost_its_newest_blocks(tmp_path: Path) -> None:
    """No block is ever seen in their place, but the agent works on with what is left."""
    with ReorgSite(tmp_path, {"poll-period": POLL_SECONDS}) as site:
        source, target = site.l2s
        chain, agent = source.chain, site.agent
        request = site.world.participant("user").create_request(source, target, FILLED, AMOUNT)
        agent.wait_until(lambda: happened(request, "ClaimMade"), "the claim")
        chain.mine(LOST_BLOCKS - 1)
        site.let_agent_look()
        head = chain.client.head()
        chain.client.call("anvil_rollback", LOST_BLOCKS)
        chain.client.call("anvil_setTime", head.timestamp + 1)
        assert not happened(request, "ClaimMade")
        agent.wait_until(lambda: happened(request, "ClaimMade"), "the claim again")
        site.world.increase_time(site.world.settings.claim_period)
        site.wait_until(lambda: counts(request) == WHOLE_LIFE, "the withdrawal")
        assert agent.stop() == 0
