"""Matrix: what became of every cell, and the table that shows it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Cell:
    """One stage of a transfer under one strike of a fault."""

    agent: str
    fault: str
    stage: str
    how: str
    """Side and duration."""
    is_passed: bool


@dataclass(slots=True)
class Matrix:
    """Collects cells; rows are faults, columns are stages, one table for each kind of agent.

    A number in it is how many of the cells passed, of how many sides and durations.
    """

    cells: list[Cell] = field(default_factory=list)

    def add(self, cell: Cell) -> None:
        """Put a result in."""
        self.cells.append(cell)

    def show(self, console: Console) -> None:
        """Print the tables, and below them the cells that failed."""
        for kind in _distinct([cell.agent for cell in self.cells]):
            console.print(self._table(kind))
        for cell in self.cells:
            if not cell.is_passed:
                console.print(f"failed: {cell.agent}, {cell.fault}, {cell.stage}, {cell.how}")

    def _table(self, kind: str) -> Table:
        cells = [cell for cell in self.cells if cell.agent == kind]
        stages = _distinct([cell.stage for cell in cells])
        table = Table(title=kind)
        table.add_column("fault")
        for stage in stages:
            table.add_column(stage, justify="right")
        for fault in sorted(_distinct([cell.fault for cell in cells])):
            row = [[c for c in cells if (c.fault, c.stage) == (fault, stage)] for stage in stages]
            table.add_row(fault, *map(_score, row))
        return table


def _score(cells: Sequence[Cell]) -> str:
    passed = sum(cell.is_passed for cell in cells)
    return f"{passed}/{len(cells)}" if cells else ""


def _distinct(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))
