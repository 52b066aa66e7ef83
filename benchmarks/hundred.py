"""100 requests in one block: how many blocks until all are filled, and until all are claimed.

Once for each of several distances between the two chains' blocks; the worst counts. Fills are
counted in the target chain's blocks from the moment at which the request block came, claims in
the source chain's.
"""

from collections.abc import Sequence
from typing import Final

import click

from benchmarks.lives import CLAIMED, CREATED, FILLED
from benchmarks.measured import Measured
from benchmarks.stand import standing

COUNT: Final = 100
SHIFTS: Final = (0.1, 0.35, 0.6, 0.85)
"""Seconds from a source block to the next target block."""


def measure(command: Sequence[str]) -> Measured:
    """Print every burst."""
    filled_after, claimed_after = [], []
    with standing(command) as stand:
        for place, shift in enumerate(SHIFTS, start=1):
            stand.shift(shift)
            stand.source.observer.wait_for_block()
            hashes = stand.create(COUNT)
            stand.wait_for(CLAIMED, 1 + place * COUNT)
            lives = stand.lives(hashes)
            created = lives.last(CREATED)
            filled_after.append(stand.seen().blocks(created, lives.last(FILLED)))
            claimed_after.append(lives.last(CLAIMED) - created)
            click.echo(
                f"shift {shift:.2f} s  {len(set(lives.blocks(CREATED)))} request block, filled "
                f"after {filled_after[-1]} blocks, claimed after {claimed_after[-1]}"
            )
    values = {"hundred-filled": max(filled_after), "hundred-claimed": max(claimed_after)}
    return Measured(values)
