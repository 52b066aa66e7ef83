"""The base chain: it is asked only while a proof may have to be carried there."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.base import BaseConnection, BaseWorkers, build_base
from beamer_agent.chain import Surroundings
from beamer_agent.config import AccountConfig, ChainConfig, Config
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.resolution.rollup import BaseEnd
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.wallet import BALANCE_SECONDS
from beamer_agent.types import BlockNumber, ChainId
from tests.contract_answers import INTERFACES
from tests.doubles import FakeChain, FakeClock, RecordingLogger, make_client
from tests.factories import SOURCE_TOKEN
from tests.fake_events import ACCOUNT
from tests.made_actions import make_relay

pytestmark = pytest.mark.unit

L1 = ChainId(1)


class Base:
    """An L1 in memory, and the agent's workers there, turned by hand."""

    def __init__(self) -> None:
        self.chain = FakeChain()
        self.chain.always("eth_getBalance", hex(10**18))
        self.has_games = False
        self.clock = FakeClock()
        self.workers = self._build()

    def _build(self) -> BaseWorkers:
        config = Config(
            artifacts_dir=Path(),
            account=AccountConfig(path=Path(), password=SecretStr("")),
            chains={"l2a": ChainConfig(rpc_url=(SecretStr("http://h"),))},
        )
        around = Surroundings(
            config=config,
            account=ACCOUNT,
            deployments=Deployments(None, {}),
            interfaces=INTERFACES,
            pairs=TokenPairs({}),
            clock=self.clock,
            logger=RecordingLogger().logger,
        )
        end = BaseEnd(make_client(self.chain), L1, SOURCE_TOKEN)
        connection = BaseConnection(end, BlockNumber(self.chain.head))
        return build_base(connection, around, lambda: self.has_games)

    def turns(self, count: int = 10) -> int:
        """Looks and steps, with a block before each; how many requests that took."""
        before = self.chain.posts
        for _ in range(count):
            self.chain.head += 1
            self.clock.advance(12)
            self.workers.following.monitor.step()
            self.workers.account.sender.step()
        return self.chain.posts - before

    @property
    def funds(self) -> Any:
        """What we have there."""
        return self.workers.account.wallet.funds()


@pytest.fixture
def base() -> Base:
    """An L1 whose balance is known."""
    base = Base()
    base.turns()
    return base


def test_balance_is_known_before_the_first_game(base: Base) -> None:
    """What may be bid depends on it."""
    assert base.funds.native_balance == 10**18


def test_nothing_is_asked_without_a_game(base: Base) -> None:
    """However long that is."""
    assert base.turns(100) == 0


def test_one_request_a_look_while_there_is_a_game(base: Base) -> None:
    """The balance rides in it, when it is old."""
    base.turns(10)
    base.has_games = True
    base.chain.always("eth_getBalance", hex(7))
    base.clock.advance(BALANCE_SECONDS)
    base.turns(1)
    assert base.funds.native_balance == 7
    assert base.turns(10) == 10
    base.has_games = False
    assert base.turns(10) == 0


def test_l1_is_followed_while_something_is_on_its_way(base: Base) -> None:
    """The game may be over by then."""
    before = base.chain.posts
    base.workers.account.sender.submit(make_relay())
    base.workers.following.monitor.step()
    assert base.chain.posts == before + 1
