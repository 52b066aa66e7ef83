"""SIGTERM while every endpoint of every chain hangs: the agent ends in order, and soon."""

from pathlib import Path

import pytest

from beamer_agent.devnet.settings import BASE_NAME
from tests.faults import behaviours
from tests.faults.site import Site

pytestmark = pytest.mark.faults

STOP_SECONDS = 2.0
NOISE_SECONDS = 1.0
"""What a busy test machine may add to it; an endpoint's own deadline would add ten."""


@pytest.mark.parametrize(
    ("endpoints", "is_started"),
    [
        pytest.param(1, False, id="one at start"),
        pytest.param(3, True, id="three in mid-transfer"),
    ],
)
def test_agent_ends_while_all_endpoints_hang(
    tmp_path: Path, endpoints: int, *, is_started: bool
) -> None:
    """Threads that wait for answers are left behind, however many they are."""
    with Site(tmp_path, endpoints) as site:
        source, target = site.world.pair
        site.world.participant("user").create_request(source, target, "DAI", 10**18)
        if is_started:
            site.agent.wait_for_line("Sent transaction", transaction="fill")
        proxies = [proxy for each in site.proxies.values() for proxy in each]
        for proxy in proxies:
            proxy.begin(behaviours.hang)
        agent = site.agent
        rollups = [each for name, each in site.proxies.items() if name != BASE_NAME]
        agent.wait_until(
            lambda: all(any(proxy.hits for proxy in each) for each in rollups),
            "questions to all chains",
        )
        assert agent.seconds_to_exit(agent.terminate) <= STOP_SECONDS + NOISE_SECONDS
        assert agent.exit_code == 0
        assert "Traceback" not in agent.stderr
