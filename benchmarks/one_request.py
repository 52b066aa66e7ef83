"""One request at a time: which block of the target chain holds its fill.

In every try the target chain's blocks are shifted against the source chain's, so that the tries
cover the whole second evenly, from 25 ms after the source chain's block to 25 ms before the next.
The agent hears of a block when the observer does: both have a web socket. A try in which a target
block came `NOTICE_SECONDS` after the request's block, or later, and does not hold the fill, has
missed it; and every further one until the fill.
"""

import statistics
from collections.abc import Sequence
from typing import Final

import click

from benchmarks.lives import CREATED, FILLED
from benchmarks.measured import Measured
from benchmarks.stand import standing

TRIES: Final = 20


def measure(command: Sequence[str]) -> Measured:
    """Print every try."""
    counted, missed = [], []
    with standing(command) as stand:
        for place in range(TRIES):
            shift = (place + 0.5) / TRIES
            stand.shift(shift)
            hashes = stand.create(1)
            stand.wait_for(FILLED, place + 2)
            lives, seen = stand.lives(hashes), stand.seen()
            created, filled = lives.last(CREATED), lives.last(FILLED)
            counted.append(seen.blocks(created, filled))
            missed.append(seen.missed(created, filled))
            seconds = seen.target.seen_at(filled) - seen.source.seen_at(created)
            click.echo(
                f"{place + 1:3}  shift {shift:.3f} s  {counted[-1]} blocks, "
                f"{missed[-1]} missed  {seconds:.2f} s"
            )
    values = {"one-blocks": statistics.median(counted), "one-missed": float(sum(missed))}
    return Measured(values)
