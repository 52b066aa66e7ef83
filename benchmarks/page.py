"""Writes the table of `docs/performance.md`, from the lines and the committed results.

python -m benchmarks.page
"""

import json
import re
from pathlib import Path

from benchmarks.bench import RESULTS
from benchmarks.lines import LINES, Values, number, with_unit

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
BASELINE = RESULTS / "baseline.json"
PLACE = re.compile(r"(<!-- generated: lines -->\n).*?(<!-- end -->)", re.DOTALL)


def with_table(text: str, values: Values) -> str:
    """The page with these results.

    Raises:
        LookupError: it has no place for them.
    """
    text, count = PLACE.subn(lambda place: place[1] + table(values) + place[2], text)
    if count != 1:
        raise LookupError(f"{PAGE.name} has no place for the lines")
    return text


def table(values: Values) -> str:
    """All lines, whether they were measured or not."""
    rows = ["| what | measured | to reach | limit | existing agent |", "|---|---|---|---|---|"]
    for line in LINES:
        value = values.get(line.name)
        measured = "not yet" if value is None else with_unit(value, line.unit)
        cells = [line.what, measured, number(line.target), number(line.limit), line.existing]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Write it anew."""
    values: Values = json.loads(BASELINE.read_text())["worst"]
    PAGE.write_text(with_table(PAGE.read_text(), values))


if __name__ == "__main__":
    main()
