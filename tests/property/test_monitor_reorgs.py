"""Whatever a chain and its endpoint do, readers end up with the events of the chain, all of them.

The reader keeps events as processors do: what is above a fork is dropped, the rest is added.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RecoverableError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.following import Contracts, follow
from beamer_agent.events.model import Event
from beamer_agent.events.publisher import Subscriber
from beamer_agent.events.trust import Trust
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.types import BlockNumber
from tests.doubles import FakeClock, RecordingLogger, make_client
from tests.factories import REQUEST_MANAGER, SOURCE
from tests.model_chain import LAG, MOODS, WELL, ModelChain, ModelEndpoint

pytestmark = pytest.mark.property

POLL = 1.0
MOST_GROWTH = 100
"""More blocks than are ever new at a look, and the overlap."""
STEPS_TO_REST = 200


@dataclass(frozen=True, slots=True)
class Grow:
    """New blocks with so many events each."""

    contents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reorganise:
    """Other blocks in the place of the newest."""

    depth: int
    contents: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A step of the monitor, its requests answered in these moods."""

    moods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadHistory:
    """A step of the history reader; the rest happens while its logs are on their way."""

    moods: tuple[str, ...]
    meanwhile: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """Somebody found logs missing from a block on."""

    first: int


@dataclass(frozen=True, slots=True)
class BeginAnew:
    """The reader is replaced by one who knows nothing: from now on it is the one that counts."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds that pass."""

    seconds: float


@dataclass
class Story:
    """A chain, what reads it, and a reader who keeps what it is told."""

    deployment: int
    length: int
    confirmations: int
    finality: int
    limit: int
    held: set[Event] = field(default_factory=set)
    view: ChainView | None = None
    doubted_from: float = inf
    """Blocks that were replaced, or read from who did not know them, since the last good look."""

    def __post_init__(self) -> None:
        overlap = min(16, self.limit // 4)
        self.chain = ModelChain(self.deployment, overlap, self.finality)
        self.chain.grow([1] * self.length)
        self.endpoint = ModelEndpoint(self.chain, self.limit)
        self.clock = FakeClock()
        decoder = EventDecoder(SOURCE, [packaged_contract("RequestManager")["abi"]])
        following = follow(
            Contracts(SOURCE, (REQUEST_MANAGER,), BlockNumber(self.deployment), decoder),
            make_client(self.endpoint, clock=self.clock),
            Trust(self.confirmations, self.finality),
            [],
            poll_period=POLL,
            clock=self.clock,
            logger=RecordingLogger().logger,
        )
        self.monitor, self.history = following.monitor, following.history
        self.publisher = following.publisher
        self._hear: Subscriber = self.take
        self.publisher.join(self._hear)

    def replace_reader(self) -> None:
        """Somebody else reads from now on, as a newcomer."""
        self.publisher.leave(self._hear)
        self.held, self.view = set(), None
        self.publisher.join(self._hear)

    def take(self, batch: Batch) -> None:
        """Keep what is told, as a processor does; it must be right at once."""
        above = batch.dead_above
        if above is not None:
            self.held = {event for event in self.held if event.block_number <= above}
        self.held.update(batch.events)
        self.view = batch.view

    def play(self, move: Any) -> None:
        """One thing happens, or several; what is known after each must be true."""
        for part in move if isinstance(move, tuple) else (move,):
            self._do(part)
            self.check()

    def _do(self, move: Any) -> None:
        match move:
            case Grow(contents):
                self.chain.grow(contents)
            case Reorganise(depth, contents):
                fork = self.chain.reorganise(depth, contents)
                self.doubted_from = min(self.doubted_from, fork + 1)
            case ReadAgain(first):
                self.monitor.read_again(BlockNumber(first))
            case BeginAnew():
                self.replace_reader()
            case Pause(seconds):
                self.clock.advance(seconds)
            case Look(moods):
                self._look(moods)
            case ReadHistory(moods, meanwhile):
                self._read_history(moods, meanwhile)

    def _look(self, moods: Sequence[str]) -> None:
        self.endpoint.moods = list(moods)
        self._doubt(moods)
        try:
            is_done = self._step()
        except RecoverableError:
            return
        is_well = not self.endpoint.moods and all(mood == WELL for mood in moods)
        is_newest = self.view is not None and self.view.head == self.chain.blocks[-1].block
        # Where the overlap is too much for one question, it is read with the next new block.
        if is_well and is_done and is_newest and self.limit > MOST_GROWTH:
            self.doubted_from = inf

    def _step(self) -> bool:
        """One look; True when nothing more is to be read: replaced blocks may make a pause too."""
        pause = self.monitor.step()
        return pause > 0 and self.view is not None and self.view.is_synced

    def _read_history(self, moods: Sequence[str], meanwhile: Sequence[Any]) -> None:
        def act() -> None:
            for move in meanwhile:
                self.play(move)

        self.endpoint.moods = list(moods)
        self.endpoint.meanwhile = act if meanwhile else None
        try:
            self.history.step()
        except RecoverableError:
            pass
        finally:
            self.endpoint.meanwhile = None

    def _doubt(self, moods: Sequence[str]) -> None:
        if any(mood not in (WELL, "down", "no logs beside") for mood in moods):
            known = self.chain.head if self.view is None else self.view.head.number
            behind = min(known, self.chain.head, len(self.chain.before()) - 1) - LAG
            self.doubted_from = min(self.doubted_from, behind)

    def check(self) -> None:
        """What the view says of the events held is true, but for blocks that are in doubt."""
        view = self.view
        if view is None:
            return
        last = int(min(view.events_until, self.doubted_from - 1))
        known = {e for e in self.held if view.events_from <= e.block_number <= last}
        assert known == self.chain.events(max(view.events_from, 0), last)
        assert view.is_synced == (view.events_until >= view.head.number - self.confirmations)
        assert view.is_whole == (view.events_from <= self.deployment)
        if not view.is_whole and view.events_from < self.doubted_from:
            block = self.chain.blocks[view.events_from].block
            assert view.events_since == block.timestamp

    def come_to_rest(self) -> None:
        """The chain becomes quiet, the endpoint well, and both readers do what they can."""
        self.chain.grow([1] * (self.chain.highest - self.chain.head + 1))
        self.endpoint.moods = []
        for _ in range(STEPS_TO_REST):
            self.clock.advance(POLL)
            is_done = self._step()
            if self.history.step() is None and is_done:
                break
        self.monitor.step()


contents = st.lists(st.integers(0, 2), min_size=0, max_size=4).map(tuple)
long_contents = st.integers(10, 60).map(lambda count: (1,) * count)
moods = st.lists(st.sampled_from(sorted(MOODS)), max_size=4).map(tuple)
simple_moves = st.one_of(
    st.builds(Grow, st.one_of(contents, long_contents)),
    st.builds(Reorganise, st.integers(1, 4), contents),
    st.builds(Look, moods),
    st.builds(Look, st.just(())),
    st.builds(ReadAgain, st.integers(0, 80)),
    st.builds(Pause, st.sampled_from([1.0, 15.0])),
    st.builds(BeginAnew),
)
unseen_reorgs = st.builds(
    lambda before, after, mood: (Grow(before), Reorganise(len(before), after), Look((mood,))),
    contents,
    contents,
    st.sampled_from(["stale logs", "stale", WELL]),
)
"""Of blocks that were not there at the last look."""
deep_reorgs = st.builds(Reorganise, st.integers(5, 30), contents)
moves_meanwhile = st.lists(st.one_of(simple_moves, deep_reorgs), max_size=3).map(tuple)
history_moves = st.builds(ReadHistory, moods, moves_meanwhile)
# `one_of` in itself would make each of the simple moves as frequent as the others.
moves = st.sampled_from(
    [*[simple_moves] * 5, *[unseen_reorgs] * 3, *[history_moves] * 2, deep_reorgs]
).flatmap(lambda kind: kind)
stories = st.builds(
    Story,
    deployment=st.integers(0, 20),
    length=st.integers(1, 60),
    confirmations=st.sampled_from([0, 0, 1, 3, 12]),
    finality=st.integers(4, 12),
    limit=st.sampled_from([12, 40, 1_000]),
)


@settings(max_examples=250)
@given(stories, st.booleans(), st.lists(moves, min_size=8, max_size=40))
def test_readers_end_up_with_the_events_of_the_chain(
    story: Story, begins_well: bool, happens: list[Any]
) -> None:
    """All that is confirmed, down to the deployment; on the way nothing is claimed falsely."""
    for move in [Look(()), Look(())] * begins_well + happens:
        story.play(move)
    story.come_to_rest()
    view = story.view
    assert view is not None
    assert (view.head, view.is_whole) == (story.chain.blocks[-1].block, True)
    assert (view.is_synced, view.is_reachable) == (True, True)
    assert story.held == story.chain.events(0, view.head.number - story.confirmations)
