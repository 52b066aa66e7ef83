"""What unit tests share."""

import logging
from collections.abc import Iterator

import pytest
import structlog

from beamer_agent.logging import QUIET_LOGGERS
from tests.fake_chain import PoolChain
from tests.planner_desk import Desk
from tests.sending import Sending


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """The process's logging is afterwards what it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)
    structlog.reset_defaults()


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
