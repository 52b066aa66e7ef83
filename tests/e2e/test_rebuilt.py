"""Parts of a running agent are built anew at every stage of a transfer: nothing is done twice."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess
from tests.e2e.conftest import Agents
from tests.e2e.story import (
    WHOLE_LIFE,
    counts,
    happened,
    resume_mining,
    see_through,
    sent_by,
    stop_mining,
    wait_for,
    wait_for_pool,
)
from tests.operator import Operator

pytestmark = pytest.mark.e2e

AMOUNT = 10**18
SOURCE, TARGET, WAY, BACK = "l2a", "l2b", "l2a->l2b", "l2b->l2a"
KINDS = ("gentle", "hard")
HELD_UP = "Waiting for transactions of an earlier life"


class Site:
    """A world, an agent that listens to an operator, and requests between two chains."""

    def __init__(self, world: LocalWorld, agents: Agents, operator: Operator) -> None:
        self.world = world
        self.source, self.target = world.pair
        self._agents = agents
        self._operator = operator
        self._restarts = 0

    def start(self, **changes: object) -> AgentProcess:
        """An agent that can be told to restart its parts."""
        path = str(self._operator.path)
        self.agent = self._agents.start(self.world, {"control-socket": path, **changes})
        self.agent.wait_until(self._operator.path.exists, "its socket")
        return self.agent

    def create(self) -> Request:
        """A request from the first chain to the second."""
        user = self.world.participant("user")
        return user.create_request(self.source, self.target, "DAI", AMOUNT)

    def create_back(self) -> Request:
        """One the other way."""
        user = self.world.participant("user")
        return user.create_request(self.target, self.source, "DAI", AMOUNT)

    def restart(self, part: str, kind: str, became: str | None = None) -> None:
        """Have a part built anew; in the end it must have been so, or as `became` says."""
        self._operator.do("restart", part, *(["--hard"] if kind == "hard" else []))
        self._restarts += 1
        self.agent.wait_until(
            lambda: len(self.agent.lines("Restarted")) == self._restarts, "the restart"
        )
        line = self.agent.lines("Restarted")[-1]
        assert (line["part"], line["kind"]) == (part, became or kind)

    def wait_for_pool(self, l2: L2Contracts, transactions: int) -> None:
        """Wait until so many of the agent's transactions are in a chain's pool."""
        wait_for_pool(self.world, self.agent, l2, transactions)

    def finish(self, *requests: Request) -> None:
        """Everything has happened to each of them in the end, and nothing twice."""
        see_through(self.world, self.agent, *requests)
        assert [counts(request) for request in requests] == [WHOLE_LIFE] * len(requests)
        assert not self.agent.lines("Worker failed")
        assert not self.agent.lines("Lost transaction")
        assert self.agent.stop() == 0


@contextmanager
def silence(world: LocalWorld, name: str) -> Iterator[None]:
    """A chain's process stands still: it takes connections and does not answer."""
    pid = world.l2s[name].chain.anvil.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@pytest.fixture
def site(world: LocalWorld, agents: Agents) -> Iterator[Site]:
    """Ends with the test."""
    with TemporaryDirectory() as folder:
        yield Site(world, agents, Operator(Path(folder, "control.sock")))


@pytest.mark.parametrize(("part", "kind"), [*product((TARGET,), KINDS), (WAY, "hard")])
def test_while_a_fill_is_in_flight(site: Site, part: str, kind: str) -> None:
    """It is in the pool; whoever looks after it now makes no other."""
    stop_mining(site.target.chain)
    site.start()
    request = site.create()
    site.wait_for_pool(site.target, 2)
    site.restart(part, kind)
    if (part, kind) == (TARGET, "hard"):
        site.agent.wait_for_line(HELD_UP, transactions=2)
    assert not happened(request, "RequestFilled")
    resume_mining(site.target.chain)
    site.finish(request)


@pytest.mark.parametrize(("part", "kind"), [*product((SOURCE, WAY), KINDS), (TARGET, "hard")])
def test_while_a_claim_is_in_flight(site: Site, part: str, kind: str) -> None:
    """Its stake is paid once."""
    site.start()
    request = site.create()
    stop_mining(site.source.chain)
    wait_for(site.agent, request, "RequestFilled")
    site.wait_for_pool(site.source, 1)
    site.restart(part, kind)
    if (part, kind) == (SOURCE, "hard"):
        site.agent.wait_for_line(HELD_UP, transactions=1)
    resume_mining(site.source.chain)
    site.finish(request)


@pytest.mark.parametrize("part", [WAY, SOURCE, TARGET, "base-chain", "service"])
def test_between_claim_and_withdrawal(site: Site, part: str) -> None:
    """Whatever is built from nothing knows what is still to be done, and does what is new."""
    site.start()
    request = site.create()
    wait_for(site.agent, request, "ClaimMade")
    site.restart(part, "hard")
    site.finish(request, site.create(), site.create_back())


def test_restarts_without_end_change_nothing(site: Site) -> None:
    """One part after the other, while requests come both ways."""
    site.start()
    requests: list[Request] = []
    for part, kind in product((WAY, SOURCE, BACK, TARGET), ("hard", "gentle")):
        requests += [site.create(), site.create_back()]
        site.restart(part, kind)
    site.finish(*requests)


@pytest.mark.parametrize(("name", "kind"), [(SOURCE, "gentle"), (TARGET, "hard")])
def test_a_chain_that_is_silent_is_built_anew(site: Site, name: str, kind: str) -> None:
    """Its threads' calls are cut off; what was sent to it then may still arrive."""
    site.start()
    first = site.create()
    wait_for(site.agent, first, "ClaimMade")
    second = site.create()
    with silence(site.world, name):
        site.restart(name, kind)
    site.finish(first, second)


def test_a_chain_that_is_silent_at_the_start_is_served_later(site: Site) -> None:
    """What was asked for meanwhile is filled and claimed, once."""
    early = site.create()
    with silence(site.world, TARGET):
        agent = site.start()
        agent.wait_for_line("Synced", chain_id=site.source.chain.chain_id)
        requests = [early, *(site.create() for _ in range(3))]
        assert not agent.lines("Request created")
    agent.wait_for_line("Synced", chain_id=site.target.chain.chain_id)
    site.finish(*requests, site.create_back())


def test_a_stop_in_the_middle_of_restarts_is_in_time(site: Site) -> None:
    """While a chain is silent, too."""
    agent = site.start()
    for l2 in site.world.pair:
        agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)
    with silence(site.world, SOURCE):
        site.restart(SOURCE, "hard")
        site.restart(WAY, "hard")
        assert agent.stop() == 0
    assert sum(sent_by(site.source, site.world)) == 0
