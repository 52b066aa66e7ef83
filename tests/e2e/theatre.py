"""Many scenes of the challenge game at a time, on the chains of one world."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Seconds
from tests.agent_process import AgentProcess
from tests.books import Books, Gains, total
from tests.e2e.configuration import REMOVED
from tests.scenes import (
    Scene,
    contested_claim,
    insisted_theft,
    left_theft,
    shared_challenge,
    theft_made_good_late,
    theft_of_a_fill,
    theft_of_a_fill_id,
    theft_overtaken_by_a_fill,
)
from tests.stage import Ending, Stage

Part = tuple[Scene, str, str]
"""A scene, and the names of its source and its target chain."""

PARTS: Sequence[Part] = (
    (left_theft, "l2a", "l2b"),
    (insisted_theft, "l2a", "l2b"),
    (insisted_theft, "l2a", "base"),
    (insisted_theft, "base", "l2b"),
    (theft_of_a_fill, "l2a", "l2b"),
    (theft_of_a_fill_id, "l2b", "l2a"),
    (contested_claim, "l2a", "l2b"),
    (contested_claim, "l2a", "base"),
    (contested_claim, "base", "l2b"),
    (shared_challenge, "l2b", "l2a"),
    (theft_overtaken_by_a_fill, "l2a", "l2b"),
    (theft_made_good_late, "l2b", "l2a"),
)
"""Every way to steal; over the local bridges and over Ethereum's own, up and down."""

FILLED_ONLY = {"tokens.T1": REMOVED}
"""Of an agent's configuration: it does not know the token of requests that nobody fills."""

SETTINGS = WorldSettings(
    block_time=0.5,
    claim_period=Seconds(40),
    challenge_period_extension=Seconds(25),
    finality_period=Seconds(5),
    relay_delay=Seconds(2),
    proof_maturity=Seconds(2),
    fill_wait_time=Seconds(2),
)
"""A claim, and each answer to a bid, leaves more time than a proof takes over L1."""

LOOK_SECONDS = 0.2
SCENE_SECONDS = 90.0
ROLES = ("agent", "rival", "user")


def names_of(parts: Sequence[Part]) -> list[str]:
    """For the names of tests."""
    return [f"{scene.__name__}-{source}-{target}" for scene, source, target in parts]


class Theatre:
    """Plays scenes, each in a thread of its own; agents are started by who plays.

    Args:
        parts: all of them are played at the same time.
        honest: who answers.
        thief: an allowed LP.
    """

    def __init__(
        self,
        world: LocalWorld,
        parts: Sequence[Part] = PARTS,
        *,
        honest: str = "agent",
        thief: str = "rival",
    ) -> None:
        self.world = world
        self._honest = honest
        self._thief = thief
        self._parts = parts
        self._is_over = threading.Event()
        self._curtain = threading.Barrier(len(parts), lambda: let_time_pass(world))
        self.books = Books(world, ROLES)
        self.endings: list[Ending] = []

    def play(self, meanwhile: Callable[[], None]) -> None:
        """All scenes to their ends, with something else going on.

        Raises:
            AssertionError: a scene waited in vain.
        """
        with ThreadPoolExecutor(len(self._parts)) as pool:
            futures = [pool.submit(self._play, part) for part in self._parts]
            try:
                meanwhile()
                wait(futures, SCENE_SECONDS)
            finally:
                self._is_over.set()
                self._curtain.abort()
        failed = [repr(e) for future in futures if (e := future.exception()) is not None]
        if failed:
            raise AssertionError("\n".join(failed))
        self.endings = [future.result() for future in futures]

    def gains(self) -> Gains:
        """What everybody must have won, and nothing else."""
        return total(*(ending.gains for ending in self.endings))

    def _play(self, part: Part) -> Ending:
        scene, source, target = part
        l2s = self.world.l2s
        stage = Stage(
            self.world,
            l2s[source],
            l2s[target],
            self._until,
            self._curtain,
            self._honest,
            self._thief,
        )
        with ExitStack() as stack:
            # The others must not wait for a scene that has failed.
            stack.callback(self._curtain.abort)
            ending = scene(stage)
            stack.pop_all()
        return ending

    def _until(self, condition: Callable[[], object], what: str) -> None:
        while not condition():
            if self._is_over.wait(LOOK_SECONDS):
                raise AssertionError(f"the curtain fell before {what}")


def let_time_pass(world: LocalWorld) -> None:
    """Longer than any claim runs."""
    world.increase_time(world.settings.claim_period)


def stage_for(world: LocalWorld, agent: AgentProcess) -> Stage:
    """For a single scene, between the two rollups."""

    def until(condition: Callable[[], object], what: str) -> None:
        agent.wait_until(condition, what)

    source, target = world.pair
    curtain = threading.Barrier(1, lambda: let_time_pass(world))
    return Stage(world, source, target, until, curtain)


@contextmanager
def theatre_world(*lps: str, base_transfers: bool = True) -> Iterator[LocalWorld]:
    """A world for many scenes: its native bridges work, some roles are LPs beside the agent."""
    with LocalWorld(replace(SETTINGS, base_transfers=base_transfers)) as world:
        for lp in lps:
            world.allow_lp(lp)
        _allow_all(world)
        with world.relaying():
            yield world


def _allow_all(world: LocalWorld) -> None:
    # Beforehand: of two scenes that allow it at a time, the token refuses one.
    for l2 in world.contracts.l2s:
        for role in ("rival", "user"):
            participant = world.participant(role)
            for symbol in l2.tokens:
                participant.allow(l2, symbol, l2.request_manager)
                participant.allow(l2, symbol, l2.fill_manager)
