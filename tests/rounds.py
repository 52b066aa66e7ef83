"""The challenge game turned by hand: time, native bridges and agents move on together."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.resolution.block_time import MEASURED_BLOCKS
from beamer_agent.types import Seconds
from tests.books import Books
from tests.e2e.theatre import SETTINGS
from tests.hand_agent import HandAgent
from tests.scenes import Scene
from tests.stage import FILLED, Ending, Stage

ROUND_SECONDS: Final = Seconds(1)
MOST_ROUNDS: Final = 120
"""Far above what any scene takes."""


class Rounds:
    """Lets agents answer while a scene waits.

    Args:
        agents: those who are awake; a test may change them between two scenes or rounds.
        each: called before every round.
    """

    def __init__(
        self,
        world: LocalWorld,
        agents: Sequence[HandAgent],
        each: Callable[["Rounds"], None] = lambda _: None,
    ) -> None:
        self.world = world
        self.agents = list(agents)
        self._leap(lambda head: max(head, int(time.time())))
        # The shared world has stood still: without these, its last blocks look minutes apart.
        world.base.mine(MEASURED_BLOCKS)
        self.books = Books(world, ("agent", "rival", "user"))
        self._each = each
        self._relayer = world.relayer()

    def turn(self) -> None:
        """A second and a block on all chains, then a turn of everybody."""
        self._each(self)
        self.pass_time(ROUND_SECONDS)
        for agent in self.agents:
            agent.turn()
        self._relayer.relay_once()

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Turn until something holds."""
        for _ in range(MOST_ROUNDS):
            if condition():
                return
            self.turn()
        raise AssertionError(f"waited in vain for {what}")

    def play(self, scene: Scene, source: str, target: str, thief: str = "rival") -> Ending:
        """One scene to its end, and some time after."""
        world = self.world
        curtain = threading.Barrier(1, lambda: self.pass_time(world.settings.claim_period))
        l2s = world.l2s[source], world.l2s[target]
        ending = scene(Stage(world, *l2s, self.until, curtain, "agent", thief))
        for _ in range(3):
            self.turn()
        return ending

    def pass_time(self, seconds: Seconds) -> None:
        """Time goes by for the chains and those who are awake."""
        self._leap(lambda head: head + seconds)
        for agent in self.agents:
            agent.clock.advance(seconds)

    def _leap(self, time_after: Callable[[int], int]) -> None:
        """A block on all chains, at the time that comes after their heads'."""
        for chain in self.world.chains:
            then = time_after(chain.client.head().timestamp)
            chain.client.call("evm_setNextBlockTimestamp", then)
            chain.mine()


@contextmanager
def game_world() -> Iterator[LocalWorld]:
    """A world with the periods of a theatre; the user and the rival are LPs.

    Its clocks stand still between rounds: what a busy machine takes is not taken from the games.
    """
    with LocalWorld(replace(SETTINGS, block_time=None, base_transfers=True)) as world:
        for lp in ("rival", "user"):
            world.allow_lp(lp)
        for chain in world.chains:
            chain.client.call("anvil_setBlockTimestampInterval", 0)
        yield world


def awake(world: LocalWorld, role: str = "agent") -> HandAgent:
    """An agent that knows the token of requests that are filled, and no other."""
    return HandAgent(world, role=role, symbols=(FILLED,))
