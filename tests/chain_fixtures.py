"""Local chains for tests: one bare chain, or a whole world with contracts and accounts.

A fixture that is shared by a session undoes what each test did, so tests may come in any order.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from beamer_agent.devnet.anvil import Anvil
from beamer_agent.devnet.binary import find_anvil
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import ChainId

BARE_CHAIN_ID = ChainId(1337)

MakeWorld = Callable[[WorldSettings], LocalWorld]
"""Starts a world of one's own, which ends with the test."""


@pytest.fixture(scope="session")
def shared_chain() -> Iterator[LocalChain]:
    """One bare chain that mines every transaction at once, for the whole session."""
    with Anvil(find_anvil(), BARE_CHAIN_ID) as process:
        chain = LocalChain("bare", process)
        yield chain
        chain.close()


@pytest.fixture
def anvil(shared_chain: LocalChain) -> Iterator[LocalChain]:
    """The bare chain, as it was when it started; `anvil.client` is its ChainClient."""
    with shared_chain.isolated():
        yield shared_chain


@pytest.fixture(scope="session")
def shared_world() -> Iterator[LocalWorld]:
    """A world that mines every transaction at once, for the whole session."""
    with LocalWorld(WorldSettings(block_time=None)) as world:
        yield world


@pytest.fixture
def world(shared_world: LocalWorld) -> Iterator[LocalWorld]:
    """The shared world, as it was when it started."""
    with shared_world.isolated():
        yield shared_world


@pytest.fixture
def make_world() -> Iterator[MakeWorld]:
    """Worlds of one's own, for a block time, other periods, or an agent that must start afresh."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(LocalWorld(settings))
