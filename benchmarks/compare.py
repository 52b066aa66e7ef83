"""Two agents on the same kind of world in turn, so that ratios hold on a noisy machine.

    python -m benchmarks.compare "COMMAND A" "COMMAND B" [--part PART]...

A command is anything that takes `--config FILE`: two working trees' `beamer-agent`, or one of them
with another environment (`env NAME=VALUE ...`). The order is A, B, B, A: what a machine does more
and more, or less and less, happens to both. Each line shows the means of both, and B as a part of
A: below 1, B is better.
"""

import shlex
from collections.abc import Sequence

import click

from benchmarks.bench import part_option, run
from benchmarks.lines import Values, comparison, mean, text

ORDER = "ABBA"


@click.command()
@click.argument("a")
@click.argument("b")
@part_option
def main(a: str, b: str, parts: Sequence[str]) -> None:
    """Compare the agents that commands A and B run."""
    commands = {"A": shlex.split(a), "B": shlex.split(b)}
    found: dict[str, list[Values]] = {"A": [], "B": []}
    for turn in ORDER:
        click.secho(f"{turn}: {shlex.join(commands[turn])}", bold=True)
        found[turn].append(run(commands[turn], parts).values)
    click.echo(text(comparison(mean(found["A"]), mean(found["B"]))))


if __name__ == "__main__":
    main()
