"""Testimony: what several endpoints of a chain, asked one by one, say about one event."""

from enum import Enum


class Testimony(Enum):
    """May a decision that costs money lean on an event that one endpoint told of?"""

    UPHELD = "upheld"
    """As many endpoints as the quorum asks for have the event, in the same block, deep enough."""
    DENIED = "denied"
    """Enough endpoints have looked, and most of them do not have it: one of us was lied to."""
    UNKNOWN = "unknown"
    """Not known yet: being asked now, or too few endpoints answer."""
