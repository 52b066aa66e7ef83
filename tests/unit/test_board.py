"""StatusBoard: what everybody knows, as one status; and what of it keeps the agent from acting."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.config import AccountConfig, BaseChainConfig, ChainConfig, Config
from beamer_agent.pulse import PulseReading
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.chain_states import ChainTracker
from beamer_agent.service.readiness import STUCK_SECONDS, Hindrance, hindrances
from beamer_agent.service.status import StateStatus, Status
from beamer_agent.switches import Change, SwitchReading
from beamer_agent.types import ChainId, Timestamp
from tests.doubles import FakeClock
from tests.factories import NOW, SOURCE, TARGET, made
from tests.made_reports import make_report
from tests.made_views import make_batch

pytestmark = pytest.mark.unit

URL = (SecretStr("http://h"),)
IDS = {"l2a": SOURCE, "l2b": TARGET}
L1 = ChainId(1)


def make_config(*, has_base: bool = True) -> Config:
    """Two chains and an L1."""
    return Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("")),
        chains={name: ChainConfig(rpc_url=URL) for name in IDS},
        base_chain=BaseChainConfig(rpc_url=URL) if has_base else None,
    )


def make_reading(part: str, **changes: Any) -> PulseReading:
    """A worker that waits for its next step."""
    return made(
        PulseReading,
        changes,
        worker=f"Worker[{part}]",
        part=part,
        generation=1,
        limit=60.0,
        is_working=False,
        since=0.0,
        steps=5,
        failures=0,
        error=None,
        has_died=False,
    )


def sync(tracker: ChainTracker, chain_id: ChainId) -> None:
    """A chain is connected and read up to now."""
    tracker.connected(chain_id)
    with tracker.looks.one():
        tracker.looks.answer()
        tracker.observe(make_batch(chain_id=chain_id))


@pytest.fixture
def clock() -> FakeClock:
    """Of the board."""
    return FakeClock()


@pytest.fixture
def board(clock: FakeClock) -> StatusBoard:
    """Of an agent at work."""
    board = StatusBoard(make_config(), clock)
    board.sources.service = lambda: StateStatus("running", 5.0)
    board.sources.readings = lambda: [make_reading(name) for name in board.directions]
    for name, chain_id in IDS.items():
        sync(board.chains[name], chain_id)
    assert board.base is not None
    sync(board.base, L1)
    return board


def lost_l2b(board: StatusBoard, clock: FakeClock) -> Status:
    """The status while a look at `l2b` has no answer."""
    with board.chains["l2b"].looks.one():
        clock.advance(60)
        return board.look()


def test_an_agent_at_work_is_ready(board: StatusBoard) -> None:
    """All chains, L1 too, and all directions are told of."""
    status = board.look()
    assert {c.name: c.state.state for c in status.chains} == dict.fromkeys(
        ("l2a", "l2b", "base-chain"), "synced"
    )
    assert {d.name: d.state.state for d in status.directions} == {
        "l2a->l2b": "active",
        "l2b->l2a": "active",
    }
    assert hindrances(status) == ()


def test_a_new_board_is_not_ready() -> None:
    """Nobody has told anything yet."""
    status = StatusBoard(make_config(), FakeClock()).look()
    assert [h.part for h in hindrances(status)] == ["service", "l2a->l2b", "l2b->l2a"]


def test_a_missing_chain_is_named_for_every_direction_that_needs_it(
    board: StatusBoard, clock: FakeClock
) -> None:
    """Both directions have it for an end."""
    status = lost_l2b(board, clock)
    reason = "l2b is reconnecting: no answer yet"
    assert hindrances(status) == (
        Hindrance("l2a->l2b", "waiting", reason),
        Hindrance("l2b->l2a", "waiting", reason),
    )
    assert hindrances(board.look()) == ()


def test_a_direction_without_workers_waits_for_them(board: StatusBoard) -> None:
    """It is being built anew."""
    board.sources.readings = lambda: [make_reading("l2b->l2a")]
    assert hindrances(board.look()) == (
        Hindrance("l2a->l2b", "waiting", "its workers are being built"),
    )


def test_a_service_that_does_not_run_is_not_ready(board: StatusBoard) -> None:
    """With its reason, or with its state where there is none."""
    board.sources.service = lambda: StateStatus("error", 5.0, "thrashing")
    assert hindrances(board.look()) == (Hindrance("service", "error", "thrashing"),)
    board.sources.service = lambda: StateStatus("stopping", 5.0)
    assert hindrances(board.look()) == (
        Hindrance("service", "stopping", "the service is stopping"),
    )


@pytest.mark.parametrize("part", ["l2a", "l2b->l2a"])
def test_a_worker_that_does_not_come_back_hinders_its_directions(
    board: StatusBoard, clock: FakeClock, part: str
) -> None:
    """A chain's hinders both directions, a direction's its own."""
    readings = [*board.sources.readings(), make_reading(part, worker="Hung", is_working=True)]
    board.sources.readings = lambda: readings
    clock.advance(STUCK_SECONDS)
    assert hindrances(board.look()) == ()
    clock.advance(1)
    reason = f"Hung is in one step for {STUCK_SECONDS + 1:.0f} s"
    names = ["l2b->l2a"] if "->" in part else ["l2a->l2b", "l2b->l2a"]
    assert hindrances(board.look()) == tuple(Hindrance(n, "stuck", reason) for n in names)


@pytest.mark.parametrize("part", ["l2a", "l2b->l2a", "base-chain"])
def test_a_worker_that_has_died_hinders_its_directions_until_it_is_replaced(
    board: StatusBoard, part: str
) -> None:
    """L1's hinders both: no proof is carried."""
    readings = [*board.sources.readings(), make_reading(part, worker="Dead", has_died=True)]
    board.sources.readings = lambda: readings
    names = ["l2b->l2a"] if "->" in part else ["l2a->l2b", "l2b->l2a"]
    reason = "Dead has died"
    assert hindrances(board.look()) == tuple(Hindrance(n, "dead", reason) for n in names)
    readings.pop()
    assert hindrances(board.look()) == ()


def test_who_restarts_parts_hinders_the_service_when_it_hangs(
    board: StatusBoard, clock: FakeClock
) -> None:
    """Nothing that fails is replaced then."""
    own = make_reading("service", worker="Agent", is_working=True)
    readings = [*board.sources.readings(), own]
    board.sources.readings = lambda: readings
    clock.advance(STUCK_SECONDS + 1)
    reason = f"Agent is in one step for {STUCK_SECONDS + 1:.0f} s"
    assert hindrances(board.look()) == (Hindrance("service", "stuck", reason),)


def test_who_compares_with_the_contracts_may_take_its_time(
    board: StatusBoard, clock: FakeClock
) -> None:
    """With much open it asks for long, once an hour; nobody waits for it."""
    audit = make_reading("l2a->l2b", worker="PeriodAuditor[l2a->l2b]", is_working=True)
    readings = [*board.sources.readings(), audit]
    board.sources.readings = lambda: readings
    clock.advance(STUCK_SECONDS + 1)
    assert hindrances(board.look()) == ()


def test_switches_and_reports_are_told_of_their_directions(board: StatusBoard) -> None:
    """By name."""
    paused = {"l2a->l2b": Change("operator", Timestamp(NOW))}
    board.sources.switches = lambda: SwitchReading(paused=paused)
    board.sources.reports = lambda: {"l2b->l2a": make_report(), "l2a->l2b": None}
    first, second = board.look().directions
    assert (first.state.state, first.stages) == ("paused", ())
    assert {stage.stage: stage.count for stage in second.stages}["claimed"] == 1


def test_workers_are_told_with_the_time_of_their_step(
    board: StatusBoard, clock: FakeClock
) -> None:
    """Monotonic moments mean nothing to whoever reads a status."""
    readings = [make_reading("l2a", since=2.0, failures=3, error="no answer in time")]
    board.sources.readings = lambda: readings
    clock.advance(5)
    (worker,) = board.look().workers
    assert (worker.seconds, worker.failures, worker.error) == (3.0, 3, "no answer in time")


def test_an_l1_that_is_a_chain_of_transfers_is_told_once(board: StatusBoard) -> None:
    """That chain's own state counts."""
    assert board.base is not None
    sync(board.base, IDS["l2a"])
    assert [chain.name for chain in board.look().chains] == ["l2a", "l2b"]


def test_without_a_base_chain_nobody_waits_for_one(clock: FakeClock) -> None:
    """It is not told of either."""
    assert [c.name for c in StatusBoard(make_config(has_base=False), clock).look().chains] == [
        "l2a",
        "l2b",
    ]
