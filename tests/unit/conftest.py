"""What unit tests share."""

from collections.abc import Callable, Iterator

import pytest

from tests.fake_chain import PoolChain
from tests.planner_desk import Desk
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
