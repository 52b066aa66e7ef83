"""Testimony: what several endpoints of a chain, asked one by one, say about one event."""

from enum import Enum


class Testimony(Enum):
    """May a decision that costs money lean on an event that one endpoint told of?"""

    UPHELD = "upheld"
    """As many endpoints as the quorum asks for have the event, in the same block, deep enough."""
    DENIED = "denied"
    """Enough endpoints have looked, and most of them do not have it: one of us was lied to."""
    UNKNOWN = "unknown"
    """Not known yet: being asked now, too few endpoints answer, or they are split in halves."""


def weigh(vouching: int, denying: int, quorum: int) -> Testimony:
    """What so many endpoints say together; those that could not tell are not counted.

    A quorum that is contradicted by as many is none: with a quorum of one, or of a half, a lie
    and the truth would both reach it.
    """
    if vouching >= quorum and vouching > denying:
        return Testimony.UPHELD
    if vouching + denying >= quorum and denying > vouching:
        return Testimony.DENIED
    return Testimony.UNKNOWN
