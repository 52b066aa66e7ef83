"""Absences: one chain's process stands still or is killed while a transfer is under way.

a stage is reached --> the chain goes away --> /readyz names it --> it is back --> ready, settled
"""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import Any, Final, Self

import urllib3

from beamer_agent.devnet.anvil import HOST, free_port
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds
from tests.agent_process import AgentProcess
from tests.e2e.configuration import configuration_of, write
from tests.e2e.story import (
    WHOLE_LIFE,
    counts,
    happened,
    resume_mining,
    see_through,
    stop_mining,
    wait_for,
    wait_for_pool,
)
from tests.faults.strike import IS_FULL

POLL_SECONDS: Final = 1.5
NAMED_SECONDS: Final = 2 * POLL_SECONDS
"""So soon a missing chain is named."""
READY_SECONDS: Final = POLL_SECONDS + 0.5
"""So soon after its return the agent is ready again; half a second for what it reads first."""
CLAIM_PERIOD: Final = Seconds(120)
"""Longer than a cell takes: claims end when the clocks jump."""
TURN_SECONDS: Final = 0.02
AMOUNT: Final = 10**18


class Side(StrEnum):
    """Which chain goes away; its name to the agent, too."""

    SOURCE = "l2a"
    TARGET = "l2b"
    BASE = "base-chain"


class Way(StrEnum):
    """How it goes."""

    STOPPED = "stopped"
    """It takes connections and is silent."""
    KILLED = "killed"
    """It refuses connections; what waited in its pool is gone."""


class Stage(StrEnum):
    """How far the transfer is."""

    REQUESTED = "requested"
    FILLING = "filling"
    """The fill waits in the target chain's pool."""
    CLAIMING = "claiming"
    """The claim waits in the source chain's pool."""
    CLAIMED = "claimed"


@dataclass(frozen=True, slots=True)
class Cell:
    """A chain that goes away at a stage."""

    side: Side
    way: Way
    stage: Stage

    def __str__(self) -> str:
        return f"{self.side.name.lower()} {self.way} {self.stage}"


_SHORT: Final = (
    Cell(Side.SOURCE, Way.STOPPED, Stage.FILLING),
    Cell(Side.SOURCE, Way.KILLED, Stage.CLAIMING),
    Cell(Side.TARGET, Way.STOPPED, Stage.REQUESTED),
    Cell(Side.TARGET, Way.KILLED, Stage.FILLING),
    Cell(Side.BASE, Way.STOPPED, Stage.FILLING),
    Cell(Side.BASE, Way.KILLED, Stage.CLAIMED),
)


def cells() -> tuple[Cell, ...]:
    """Each chain and each way once; every one of them at every stage for the full matrix.

    L1 is asked only while something of ours is open.
    """
    if not IS_FULL:
        return _SHORT
    every = (Cell(*each) for each in product(Side, Way, Stage))
    return tuple(c for c in every if (c.side, c.stage) != (Side.BASE, Stage.REQUESTED))


class AbsenceSite:
    """A world and one agent, which lives through all absences. A context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._pool = urllib3.PoolManager(timeout=1.0, retries=False)

    def __enter__(self) -> Self:
        """Start both, and wait until the agent is ready."""
        with self._stack:
            settings = WorldSettings(block_time=None, claim_period=CLAIM_PERIOD)
            self.world = self._stack.enter_context(LocalWorld(settings))
            self.source, self.target = self.world.pair
            port = free_port()
            self._url = f"http://{HOST}:{port}"
            changes = {"poll-period": POLL_SECONDS, "metrics.prometheus-port": port}
            pushes = {f"chains.{n}.ws-url": _ws(l2.chain) for n, l2 in self.world.l2s.items()}
            path = self._folder / "agent.toml"
            write(path, configuration_of(self.world, {**changes, **pushes}))
            self._stack.callback(self._pool.clear)
            agent = AgentProcess(self._folder, ["--config", str(path)])
            self.agent = self._stack.enter_context(agent)
            self.seconds_until(lambda: self.reasons() == [], "the agent to be ready")
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self._stack.close()

    def renew(self) -> None:
        """Another world and another agent: what has failed is nobody else's trouble."""
        self._stack.close()
        self._stack = ExitStack()
        self.__enter__()

    def chain(self, side: Side) -> LocalChain:
        """The chain of a side."""
        return self.world.base if side is Side.BASE else self.world.l2s[side].chain

    def reasons(self) -> list[str]:
        """Why the agent is not ready; none when it is."""
        try:
            response = self._pool.request("GET", f"{self._url}/readyz")
        except urllib3.exceptions.HTTPError:
            return ["nobody answers"]
        body: dict[str, Any] = json.loads(response.data)
        assert (response.status == 200) == (body["hindrances"] == [])
        return [hindrance["reason"] for hindrance in body["hindrances"]]

    def wait_for_look(self, side: Side) -> None:
        """Wait until the chain has answered a look that has not begun yet."""
        started = time.monotonic()

        def has_answered() -> bool:
            status = json.loads(self._pool.request("GET", f"{self._url}/api/status").data)
            (chain,) = (chain for chain in status["chains"] if chain["name"] == side)
            ago = chain["answered_seconds_ago"]
            return ago is not None and ago < time.monotonic() - started

        self.agent.wait_until(has_answered, f"a look at {side}")

    def seconds_until(self, condition: Callable[[], object], what: str) -> float:
        """How long it took until something was so."""
        started = time.monotonic()
        self.agent.wait_until(condition, what)
        return time.monotonic() - started

    @contextmanager
    def away(self, side: Side, way: Way) -> Iterator[None]:
        """The chain is away inside."""
        anvil = self.chain(side).anvil
        if way is Way.KILLED:
            anvil.kill()
        else:
            os.kill(anvil.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            if way is Way.KILLED:
                anvil.revive()
            else:
                os.kill(anvil.pid, signal.SIGCONT)


class Absence:
    """One transfer during which a chain goes away."""

    def __init__(self, site: AbsenceSite, cell: Cell) -> None:
        self._site = site
        self._cell = cell

    def play(self) -> None:
        """Play it to its end; whatever is not as it should be fails the test."""
        site, cell = self._site, self._cell
        request = self._reach(cell.stage)
        if cell.side is Side.BASE:
            site.wait_for_look(cell.side)  # it is asked since something is open
        with site.away(cell.side, cell.way):
            named = site.seconds_until(self._is_named, f"{cell.side} to be named")
            for side in {Side.SOURCE, Side.TARGET} - {cell.side}:
                resume_mining(site.chain(side))
        ready = site.seconds_until(lambda: site.reasons() == [], "the agent to be ready again")
        for side in (Side.SOURCE, Side.TARGET):
            resume_mining(site.chain(side))
        see_through(site.world, site.agent, request)
        assert counts(request) == WHOLE_LIFE
        assert named <= NAMED_SECONDS
        assert ready <= READY_SECONDS

    def _is_named(self) -> bool:
        return any(reason.startswith(self._cell.side) for reason in self._site.reasons())

    def _reach(self, stage: Stage) -> Request:
        site, world = self._site, self._site.world
        if stage is Stage.FILLING:
            stop_mining(site.target.chain)
        user = world.participant("user")
        request = user.create_request(site.source, site.target, "DAI", AMOUNT)
        if stage is Stage.FILLING:
            wait_for_pool(world, site.agent, site.target, 2)
        if stage is Stage.CLAIMING:
            stop_mining(site.source.chain)
            site.agent.wait_until(lambda: happened(request, "RequestFilled"), "the fill")
            wait_for_pool(world, site.agent, site.source, 1)
        if stage is Stage.CLAIMED:
            wait_for(site.agent, request, "ClaimMade")
        return request


def _ws(chain: LocalChain) -> str:
    return chain.url.replace("http", "ws", 1)
