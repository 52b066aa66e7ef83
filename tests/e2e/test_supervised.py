"""Workers of the real agent die, hang, spin and come back too late during a transfer."""

import sys
from pathlib import Path

import pytest

from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.world import LocalWorld
from tests.agent_process import AgentProcess, LogLine
from tests.e2e import sabotage
from tests.e2e.configuration import configuration_of, write
from tests.e2e.conftest import Agents
from tests.e2e.endpoints import Endpoint
from tests.e2e.story import WHOLE_LIFE, counts, see_through, wait_for

pytestmark = pytest.mark.e2e

AMOUNT = 10**18
WORKERS = ("EventMonitor", "EventProcessor", "TransactionSender")


class Scene:
    """An agent whose workers fail when they are told to, and transfers that it serves."""

    def __init__(self, world: LocalWorld, agents: Agents, **changes: str) -> None:
        self.world = world
        self._folder = agents.folder / "sabotage"
        self._folder.mkdir()
        path = write(agents.folder / "agent.toml", configuration_of(world, changes))
        command = (sys.executable, sabotage.__file__, str(self._folder))
        self.agent: AgentProcess = agents.run("--config", str(path), command=command)
        for l2 in world.pair:
            self.agent.wait_for_line("Synced", chain_id=l2.chain.chain_id)

    def request(self) -> Request:
        """A new one."""
        return self.world.participant("user").create_request(*self.world.pair, "DAI", AMOUNT)

    def tell(self, worker: str, kind: str) -> Path:
        """Let a worker fail; returns the file that asks it to."""
        path = self._folder / f"{worker}.{kind}"
        path.touch()
        return path

    def release(self) -> None:
        """Let those that are late come back."""
        (self._folder / "released").touch()

    def restarts(self, count: int) -> list[LogLine]:
        """So many, once they have happened."""
        return self.agent.wait_until(
            lambda: lines if len(lines := self.agent.lines("Restarted")) >= count else None,
            f"{count} restarts",
        )

    def settle(self, *requests: Request) -> None:
        """Each is filled, claimed and withdrawn, once; then the agent ends in order."""
        see_through(self.world, self.agent, *requests)
        assert [counts(request) for request in requests] == [WHOLE_LIFE] * len(requests)
        assert self.agent.stop() == 0


@pytest.fixture
def scene(world: LocalWorld, agents: Agents) -> Scene:
    """All is well yet."""
    return Scene(world, agents)


@pytest.mark.parametrize(
    ("worker", "kind"), [*((worker, "hard") for worker in WORKERS), ("ProofWatch", "gentle")]
)
def test_transfer_is_settled_though_a_worker_dies(scene: Scene, worker: str, kind: str) -> None:
    """It is replaced within a second; where it kept a state, that is made anew."""
    first = scene.request()
    wait_for(scene.agent, first, "RequestFilled")
    scene.tell(worker, "die")
    second = scene.request()
    (restart,) = scene.restarts(1)
    assert restart["kind"] == kind
    assert restart["reason"] == f"{worker}[{restart['part']}] died (LookupError)"
    assert restart["seconds"] < 1
    scene.settle(first, second, scene.request())
    assert len(scene.agent.lines("Restarted")) == 1
    assert not scene.agent.lines("Service changed", state="error")


@pytest.mark.parametrize(
    ("worker", "kind"),
    [("EventMonitor", "hang"), ("TransactionSender", "hang"), ("EventProcessor", "spin")],
)
def test_transfer_is_settled_though_a_worker_never_comes_back(
    scene: Scene, worker: str, kind: str
) -> None:
    """Its thread is left behind, with all that it could touch."""
    first = scene.request()
    wait_for(scene.agent, first, "RequestFilled")
    scene.tell(worker, kind)
    second = scene.request()
    (restart,) = scene.restarts(1)
    assert restart["kind"] == "hard"
    assert restart["reason"].startswith(f"{worker}[{restart['part']}] hangs for ")
    scene.settle(first, second, scene.request())
    assert len(scene.agent.lines("Restarted")) == 1


def test_calls_that_hang_are_cut_off_by_a_gentle_restart(
    world: LocalWorld, agents: Agents
) -> None:
    """Threads end, what is known stays, and new ones go on where those stopped."""
    with Endpoint(world.l2s["l2a"].chain) as endpoint:
        endpoint.come_up()
        scene = Scene(world, agents, **{"chains.l2a.rpc-url": endpoint.url})
        first = scene.request()
        wait_for(scene.agent, first, "RequestFilled")
        endpoint.hold_back()
        restart = scene.restarts(1)[0]
        assert (restart["part"], restart["kind"]) == ("l2a", "gentle")
        assert " hangs for " in restart["reason"]
        endpoint.let_pass()
        scene.settle(first, scene.request())
    assert scene.agent.lines("Stopped", hanging=[])


@pytest.mark.parametrize("worker", ["EventProcessor", "TransactionSender"])
def test_worker_that_comes_back_too_late_does_nothing_twice(scene: Scene, worker: str) -> None:
    """It finds its part built anew, and ends."""
    scene.tell(worker, "late")
    first = scene.request()
    scene.restarts(1)
    scene.release()
    scene.settle(first, scene.request())
    assert scene.agent.lines("Stopped", hanging=[])
    assert not scene.agent.lines("Worker failed")


def test_part_that_dies_again_and_again_is_an_error_until_all_is_built_anew(
    scene: Scene,
) -> None:
    """Then the service runs again, and settles what was asked for meanwhile."""
    illness = scene.tell("EventProcessor", "ill")
    request = scene.request()
    error = scene.agent.wait_for_line("Service changed", state="error")
    assert "died (LookupError), though " in error["reason"]
    illness.unlink()
    whole = scene.agent.wait_for_line("Restarted", part="service")
    assert (whole["kind"], whole["by"]) == ("hard", "supervisor")
    scene.agent.wait_for_line("Service changed", state="running", former="starting")
    scene.settle(request)
