"""Directions: the chains' names in, pairs of names, keys `SOURCE->TARGET` and their tables out."""

from collections.abc import Collection
from itertools import permutations
from typing import Final

from beamer_agent.config.fields import Ether, Flag, Ppm
from beamer_agent.config.table import Table
from beamer_agent.faults import nearest

_ARROW: Final = "->"


class DirectionConfig(Table):
    """`[directions."SOURCE->TARGET"]`: what holds for one direction only."""

    fill: Flag | None = None
    """Whether its requests are filled; None: as the target chain says."""
    min_profit: Ether | None = None
    """The least expected profit of a fill, in the source chain's native currency."""
    min_fee_ppm: Ppm | None = None
    """The least fee of a request, of its amount."""


def directions_between(chains: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Names of source and target of every direction: all pairs; a lone chain is its own target."""
    if len(chains) == 1:
        return tuple((name, name) for name in chains)
    return tuple(permutations(chains, 2))


def direction_key(source: str, target: str) -> str:
    """The key of a direction in `[directions]`."""
    return f"{source}{_ARROW}{target}"


def direction_faults(key: str, chains: Collection[str]) -> list[str]:
    """What is wrong with a key of `[directions]`, as sentences; none when the direction exists."""
    if any(key == direction_key(*names) for names in directions_between(chains)):
        return []
    source, _, target = key.partition(_ARROW)
    if not (source and target):
        return ['must be written "SOURCE->TARGET", with the names of two chains']
    if source == target and source in chains:
        return ["a chain is its own target only when it is the only chain"]
    return [
        f'there is no chain "{name}"{nearest(name, chains)}'
        for name in dict.fromkeys((source, target))
        if name not in chains
    ]
