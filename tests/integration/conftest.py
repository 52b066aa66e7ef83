"""Who and where, for tests in the shared world; servers that tests ask."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Gauge

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.service.http.server import HttpServer
from tests.asking import make_server
from tests.control_office import Office
from tests.e2e.story import resume_mining
from tests.resolution_desk import Desk, MakeDesk
from tests.rounds import game_world


@pytest.fixture
def mining_resumed(world: LocalWorld) -> Iterator[None]:
    """Afterwards the L2s of the shared world mine again as before."""
    yield
    for l2 in world.contracts.l2s:
        resume_mining(l2.chain)


@pytest.fixture
def user(world: LocalWorld) -> Participant:
    """Who asks for transfers."""
    return world.participant("user")


@pytest.fixture
def source(world: LocalWorld) -> L2Contracts:
    """Where deposits are."""
    return world.pair[0]


@pytest.fixture
def target(world: LocalWorld) -> L2Contracts:
    """Where requests are filled."""
    return world.pair[1]


@pytest.fixture(scope="session")
def shared_base_world() -> Iterator[LocalWorld]:
    """A world whose L1 is a chain of transfers too, for the whole session."""
    with LocalWorld(WorldSettings(block_time=None, base_transfers=True)) as world:
        yield world


@pytest.fixture
def base_world(shared_base_world: LocalWorld) -> Iterator[LocalWorld]:
    """The same, as it was when it started."""
    with shared_base_world.isolated():
        yield shared_base_world


@pytest.fixture(scope="module")
def shared_games() -> Iterator[LocalWorld]:
    """A world for games of claims, one for each module: clocks go on in it."""
    with game_world() as world:
        yield world


@pytest.fixture
def games(shared_games: LocalWorld) -> Iterator[LocalWorld]:
    """The same, as it was when it started."""
    with shared_games.isolated():
        yield shared_games


@pytest.fixture
def make_desk(base_world: LocalWorld) -> Iterator[MakeDesk]:
    """Desks in the shared world."""
    desks: list[Desk] = []

    def make(source: str, target: str) -> Desk:
        desks.append(Desk(base_world, base_world.l2s[source], base_world.l2s[target]))
        return desks[-1]

    yield make
    for desk in desks:
        desk.close()


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    """A desk between the two rollups."""
    return make_desk("l2a", "l2b")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a control socket is to be."""
    return tmp_path / "control.sock"


@pytest.fixture
def office(path: Path) -> Iterator[Office]:
    """A control server for whoever has the kernel's word to be us."""
    with Office(path) as office:
        yield office


@pytest.fixture
def registry() -> CollectorRegistry:
    """One gauge, at 3."""
    registry = CollectorRegistry()
    Gauge("things", "Things.", registry=registry).set(3)
    return registry


@pytest.fixture
def server(registry: CollectorRegistry) -> Iterator[HttpServer]:
    """An HTTP server on a free port, not started."""
    server = make_server(registry)
    yield server
    server.stop()


@pytest.fixture
def clients() -> Iterator[ExitStack]:
    """Closes connections at the end."""
    with ExitStack() as stack:
        yield stack
