"""HistoryBars: how far a chain's history is read, on a terminal only."""

import io
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from beamer_agent.cli import run
from beamer_agent.cli.progress import HistoryBars
from beamer_agent.cli.startup import Ingredients
from beamer_agent.contracts.deployments import Deployments
from beamer_agent.types import BlockNumber, ChainId, Timestamp
from tests.factories import NOW, SOURCE, TARGET
from tests.made_views import make_batch

pytestmark = pytest.mark.unit

FIRST_BLOCKS = {SOURCE: BlockNumber(0), TARGET: BlockNumber(0)}
SOME_TIME_AGO = Timestamp(NOW - 10)


class Screen:
    """Bars on a terminal in memory."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        self._file = io.StringIO()
        console = Console(file=self._file, force_terminal=is_terminal, width=80)
        self.bars = HistoryBars(FIRST_BLOCKS, console)

    def tell(self, chain_id: ChainId, events_from: int, *, is_history: bool = True) -> None:
        """A chain is known from a block on."""
        since = Timestamp(0) if events_from == 0 else SOME_TIME_AGO
        batch = make_batch(
            chain_id=chain_id, events_from=BlockNumber(events_from), events_since=since
        )
        self.bars.observe(replace(batch, is_history=is_history))

    @property
    def text(self) -> str:
        """Everything drawn so far."""
        return self._file.getvalue()


def test_each_chain_has_a_bar_while_its_history_is_read() -> None:
    """With how much of its blocks is known."""
    screen = Screen()
    with screen.bars:
        screen.tell(SOURCE, 75)
        screen.tell(TARGET, 50)
        screen.bars._progress.refresh()
        assert f"history of chain {SOURCE}" in screen.text
        assert f"history of chain {TARGET}" in screen.text
        assert " 50 %" in screen.text


def test_bars_go_with_the_last_history() -> None:
    """Nothing stays behind on the terminal, and no thread that draws."""
    screen = Screen()
    with screen.bars:
        screen.tell(SOURCE, 75)
        is_drawn = [screen.bars._progress.live.is_started]
        screen.tell(SOURCE, 0)
        is_drawn.append(screen.bars._progress.live.is_started)
        assert is_drawn == [True, False]
        assert screen.bars._progress.tasks == []


def test_what_is_new_draws_nothing() -> None:
    """A chain that has no history is known at once."""
    screen = Screen()
    with screen.bars:
        screen.tell(SOURCE, 0, is_history=False)
        screen.tell(TARGET, 75, is_history=False)
    assert screen.text == ""


def test_chain_that_is_not_deployed_on_has_no_bar() -> None:
    """It has no history of ours."""
    screen = Screen()
    with screen.bars:
        screen.tell(ChainId(777), 75)
    assert screen.text == ""


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    """The log tells of the same."""
    screen = Screen(is_terminal=False)
    with screen.bars:
        screen.tell(SOURCE, 75)
        screen.tell(SOURCE, 0)
    assert screen.text == ""


def test_an_end_in_the_middle_leaves_the_terminal_as_it_was() -> None:
    """The agent may be stopped before its history is read."""
    screen = Screen()
    with screen.bars:
        screen.tell(SOURCE, 75)
    assert not screen.bars._progress.live.is_started


class Stderr(io.StringIO):
    """A terminal, or a file."""

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        """Which of the two it is."""
        return self._is_terminal


@pytest.mark.parametrize("is_terminal", [True, False])
def test_agent_has_bars_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, is_terminal: bool
) -> None:
    """Elsewhere not even the library that draws is loaded."""
    monkeypatch.setattr("sys.stderr", Stderr(is_terminal=is_terminal))
    nothing = cast("Any", None)
    ingredients = Ingredients(nothing, nothing, Deployments(None, {}, Path()), nothing)
    with ExitStack() as stack:
        assert len(run._bars(ingredients, stack)) == is_terminal
