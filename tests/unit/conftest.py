"""What unit tests share."""

import pytest

from tests.fake_chain import PoolChain
from tests.planner_desk import Desk
from tests.sending import Sending


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
