"""A bar for each chain whose history is still being read, below the log lines on a terminal."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from beamer_agent.events.view import Batch
from beamer_agent.types import BlockNumber, ChainId

REFRESHES_A_SECOND: Final = 4


class HistoryBars:
    """A subscriber of every EventMonitor, and a context manager around them.

    Shows nothing where stderr is no terminal: the log tells of the same. Thread-safe, as far as
    each chain is told of by one thread at a time.

    Args:
        first_blocks: where the contracts' history starts, by chain.
    """

    def __init__(
        self, first_blocks: Mapping[ChainId, BlockNumber], console: Console | None = None
    ) -> None:
        console = console or Console(file=sys.stderr)
        self._first_blocks = first_blocks
        self._is_shown = console.is_terminal
        self._tasks: dict[ChainId, TaskID] = {}
        self._progress = Progress(
            TextColumn("history of chain {task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=console,
            refresh_per_second=REFRESHES_A_SECOND,
            transient=True,
            # Log lines then appear above the bars.
            redirect_stdout=False,
            redirect_stderr=True,
        )

    def __enter__(self) -> Self:
        """Nothing is drawn before there is something to show."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        if self._tasks:
            self._progress.stop()

    def observe(self, batch: Batch) -> None:
        """Take what a monitor or its history's reader has told."""
        view = batch.view
        first = self._first_blocks.get(view.chain_id)
        if not self._is_shown or first is None:
            return
        if view.is_whole:
            self._end(view.chain_id)
        elif batch.is_history:
            self._draw(
                view.chain_id, view.head.number - first, view.head.number - view.events_from
            )

    def _draw(self, chain_id: ChainId, total: int, known: int) -> None:
        task = self._tasks.get(chain_id)
        if task is None:
            task = self._tasks[chain_id] = self._progress.add_task(str(chain_id), total=total)
            self._progress.start()
        self._progress.update(task, total=total, completed=known)

    def _end(self, chain_id: ChainId) -> None:
        task = self._tasks.pop(chain_id, None)
        if task is None:
            return
        self._progress.remove_task(task)
        if not self._tasks:
            self._progress.stop()
