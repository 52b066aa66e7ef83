"""The lines of the benchmark: what is measured, what is wanted, and what is possible at all.

values by line -> verdicts -> table

Less is better in every line. `docs/performance.md` has the arithmetic of every limit.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

Values = Mapping[str, float]
"""What was measured, by the names of the lines; a line that was not measured is absent."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    `target` is the most that is wanted, None where nothing was agreed. `limit` is the least that
    is possible on these chains, or with this work, whoever the agent is.
    """

    name: str
    what: str
    unit: str
    target: float | None
    limit: float
    existing: str = ""
    """What the agent takes that operators run so far: it sends one transaction after the other."""


LINES: Final = (
    Line(
        "one-blocks", "one request: blocks until it is filled, median", "", 1, 1, "0.96 to 4.0 s"
    ),
    Line("one-missed", "one request: blocks missed that left 50 ms", "", 0, 0),
    Line(
        "hundred-filled",
        "100 requests in one block: blocks until all are filled",
        "",
        2,
        1,
        "100 s",
    ),
    Line(
        "hundred-claimed",
        "100 requests in one block: blocks until all are claimed",
        "",
        3,
        1,
        "200 s",
    ),
    Line(
        "thousand-filled",
        "1 000 requests: blocks from the last to the last fill",
        "",
        3,
        1,
        "1 000 s",
    ),
    Line("thousand-claimed", "1 000 requests: blocks from the last to the last claim", "", 6, 1),
    Line("thousand-off", "1 000 requests: not done, done twice, or reverted", "", 0, 0),
    Line("calls", "1 000 requests: RPC calls for each", "", 6, 3, "44"),
    Line("cpu-claimed", "1 000 requests: CPU time until claimed", "s", None, 0.06),
    Line("cpu-withdrawn", "1 000 requests: CPU time until withdrawn", "s", 8, 0.09, "120 s"),
    Line("memory", "1 000 requests: resident memory after", "MB", 130, 60, "147 MB after 40"),
    Line("start-approved", "start to first fill, approved before", "s", 1.5, 0.3),
    Line("start", "start to first fill", "s", 1.5, 0.3, "3 to 4 s"),
    Line("gas-single", "gas of fill, claim and withdrawal", "", 260_000, 254_900, "341 155"),
    Line("gas-batch", "gas of the same in batches of 10", "", 175_000, 168_000),
)


def worst(runs: Sequence[Values]) -> dict[str, float]:
    """Each line's worst value of several runs, in the order of the lines."""
    return {
        line.name: max(values[line.name] for values in runs if line.name in values)
        for line in LINES
        if any(line.name in values for values in runs)
    }


def mean(runs: Sequence[Values]) -> dict[str, float]:
    """Each line's mean of several runs that all have it, in the order of the lines."""
    return {
        line.name: sum(values[line.name] for values in runs) / len(runs)
        for line in LINES
        if all(line.name in values for values in runs)
    }


def is_reached(line: Line, values: Values) -> bool | None:
    """Whether a line is as wanted; None where it was not measured, or nothing is wanted."""
    if line.target is None or line.name not in values:
        return None
    return values[line.name] <= line.target


def all_reached(values: Values) -> bool:
    """Whether no line that was measured is worse than wanted."""
    return all(is_reached(line, values) is not False for line in LINES)


def table(values: Values) -> list[list[str]]:
    """Heading and rows: what, measured, to reach, limit, verdict."""
    rows = [["what", "measured", "to reach", "limit", ""]]
    words = {True: "reached", False: "NOT REACHED", None: ""}
    for line in LINES:
        if line.name in values:
            measured = with_unit(values[line.name], line.unit)
            cells = [line.what, measured, number(line.target), number(line.limit)]
            rows.append([*cells, words[is_reached(line, values)]])
    return rows


def comparison(a: Values, b: Values) -> list[list[str]]:
    """Heading and rows: what, A, B, and B as a part of A."""
    rows = [["what", "A", "B", "B / A"]]
    for line in LINES:
        if line.name in a and line.name in b:
            first, second = a[line.name], b[line.name]
            ratio = f"{second / first:.2f}" if first else "-"
            shown = [with_unit(value, line.unit) for value in (first, second)]
            rows.append([line.what, *shown, ratio])
    return rows


def text(rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table in columns; all but the first to the right."""
    cells = list(rows)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if place else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def with_unit(value: float, unit: str) -> str:
    """A value for people: `1.23 s`."""
    return f"{number(value)} {unit}".rstrip()


def number(value: float | None) -> str:
    """With thousands apart, and two decimals at most; `-` for none."""
    if value is None:
        return "-"
    if float(value).is_integer() or abs(value) >= 1_000:
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2f}"
