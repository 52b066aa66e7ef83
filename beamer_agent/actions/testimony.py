"""Testimony: what several endpoints of a chain, asked one by one, say about one event."""

from collections.abc import Collection
from enum import Enum
from typing import Protocol

from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.types import BlockNumber, FillId, RequestId


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


class Witnesses(Protocol):
    """Who asks several endpoints about what money depends on; see `witness`."""

    def attests(self, created: RequestCreated, depth: int) -> Testimony:
        """Whether the request is in the source chain, this deep. Never waits."""
        ...

    def attests_fill(self, fill: RequestFilled, depth: int) -> Testimony:
        """Whether the fill is in the target chain, this deep, and still the fill. Never waits."""
        ...

    def attests_absence(
        self, request_id: RequestId, fill_id: FillId, block_number: BlockNumber
    ) -> Testimony:
        """Whether the target chain, read up to a block, does not have this fill. Never waits."""
        ...

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """These requests are settled: nothing will be asked about them again. Never waits."""
        ...
