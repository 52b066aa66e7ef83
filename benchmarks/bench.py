"""The agent's speed as one table, each line with what is wanted and what is possible at all.

    python -m benchmarks.bench [--runs 1] [--part PART]... [--name latest] [--command COMMAND]

Anvil at a block a second, the real process. With several runs each line shows its worst value. The
JSON beside `results/baseline.json` has every run. Ends with 1 when a line is not reached.
"""

import json
import os
import platform
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import click

from benchmarks import batch, burst, first_fill, hundred, one_request
from benchmarks.lines import all_reached, table, text, worst
from benchmarks.measured import Measured
from tests.agent_process import OWN_COMMAND

PARTS: Final[Mapping[str, Callable[[Sequence[str]], Measured]]] = {
    "one": one_request.measure,
    "hundred": hundred.measure,
    "burst": burst.measure,
    "batch": batch.measure,
    "start": first_fill.measure,
}
"""What can be measured by itself, in worlds of its own."""

RESULTS: Final = Path(__file__).parent / "results"
DIGITS: Final = 3

part_option = click.option(
    "--part",
    "parts",
    type=click.Choice(list(PARTS)),
    multiple=True,
    help="Only this; may be repeated.",
)


def run(command: Sequence[str], parts: Sequence[str]) -> Measured:
    """Every part once, or some of them."""
    values: dict[str, float] = {}
    details: dict[str, Any] = {}
    for part in parts or PARTS:
        click.secho(f"{part}:", bold=True)
        measured = PARTS[part](command)
        values.update(measured.values)
        details.update(measured.details)
    return Measured(values, details)


def result(runs: Sequence[Measured]) -> dict[str, Any]:
    """What the JSON holds: nothing in it says whose machine it was."""
    return {
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "worst": worst([measured.values for measured in runs]),
        "runs": [asdict(measured) for measured in runs],
    }


def rounded(value: Any) -> Any:
    """The same without digits that mean nothing, however deep it holds numbers."""
    match value:
        case float():
            return round(value, DIGITS)
        case Mapping():
            return {key: rounded(inner) for key, inner in value.items()}
        case list():
            return [rounded(inner) for inner in value]
    return value


@click.command()
@click.option("--runs", type=click.IntRange(1), default=1, show_default=True)
@part_option
@click.option("--name", default="latest", show_default=True, help="Of the JSON.")
@click.option("--command", default=shlex.join(OWN_COMMAND), help="What takes --config FILE.")
def main(runs: int, parts: Sequence[str], name: str, command: str) -> None:
    """Measure the agent; exit with 1 when a line is not reached."""
    measured = [run(shlex.split(command), parts) for _ in range(runs)]
    content = result(measured)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(rounded(content), indent=1) + "\n")
    click.echo(text(table(content["worst"])))
    sys.exit(not all_reached(content["worst"]))


if __name__ == "__main__":
    main()
