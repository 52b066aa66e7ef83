"""What unit tests share."""

from collections.abc import Callable, Iterator

import pytest

from tests.fake_chain import PoolChain
from tests.planner_desk import Desk
from tests.restarting import threads_left
from tests.running_agent import Running
from tests.sending import Sending
from tests.worker_bench import Bench, MakeBench


@pytest.fixture
def desk() -> Desk:
    """A planner with plenty of everything."""
    return Desk()


@pytest.fixture
def chain() -> PoolChain:
    """An empty chain that takes transactions."""
    return PoolChain()


@pytest.fixture
def sending(chain: PoolChain) -> Sending:
    """A sender that knows its balances."""
    sending = Sending(chain)
    sending.turn()
    return sending


@pytest.fixture
def bench() -> Iterator[MakeBench]:
    """Makes workers that end with the test."""
    made = []

    def make(*steps: Callable[[], float | None], longest_retry: float = 0.0) -> Bench:
        made.append(Bench(*steps, longest_retry=longest_retry))
        return made[-1]

    yield make
    assert all(b.finish() for b in made)


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    """An agent that is stopped at the end, whatever happened."""
    running = Running(monkeypatch)
    yield running
    running.agent.stop()
    running.wait_for_end()
    running.wait_for(lambda: not threads_left(), "all threads to end")
