r"""Courses: how long transfers take from step to step, and how requests end.

    request --> our fill --> our claim --> our withdrawal
           \-> another's fill
           \-> refunded, and filled by nobody

Times are those of the blocks, as the chains' heads tell them; see `BlockTimes`. What a start reads
of older blocks has none, and is not counted.
"""

from dataclasses import dataclass, field

from beamer_agent.events.model import (
    ClaimMade,
    DepositWithdrawn,
    RequestCreated,
    RequestEvent,
    RequestFilled,
)
from beamer_agent.planning.block_times import BlockTimes
from beamer_agent.planning.tallies import Ending, Leg, Tallies
from beamer_agent.state.request import Request
from beamer_agent.types import Address, ChainId, RequestId

_BEFORE = {
    Leg.REQUEST_TO_FILL: RequestCreated,
    Leg.FILL_TO_CLAIM: RequestFilled,
    Leg.CLAIM_TO_WITHDRAWAL: ClaimMade,
}
"""The event with which a leg begins."""


@dataclass(slots=True)
class _Course:
    """What is known of one request."""

    times: dict[type[RequestEvent], float] = field(default_factory=dict)
    counted: set[Leg | Ending] = field(default_factory=set)
    """After a reorganisation, the same is told again."""
    is_seen: bool = False


class Courses:
    """The courses of one direction. For one thread.

    Args:
        account: the agent's own.
    """

    def __init__(self, account: Address, tallies: Tallies) -> None:
        self._account = account
        self._tallies = tallies
        self._times: dict[ChainId, BlockTimes] = {}
        self._courses: dict[RequestId, _Course] = {}

    def times(self, chain_id: ChainId) -> BlockTimes:
        """When blocks of a chain were made; to be told of its heads."""
        return self._times.setdefault(chain_id, BlockTimes())

    def note(self, event: RequestEvent, request: Request) -> None:
        """Something has happened just now to a request, which knows of it already."""
        course = self._courses.setdefault(request.id, _Course())
        match event:
            case RequestCreated():
                self._begin(course)
                self._reach(course, event)
            case RequestFilled(filler=self._account):
                self._end(course, Ending.FILLED)
                self._reach(course, event, Leg.REQUEST_TO_FILL)
            case RequestFilled():
                self._end(course, Ending.FILLED_BY_OTHER)
            case ClaimMade(claimer=self._account) if ClaimMade not in course.times:
                self._reach(course, event, Leg.FILL_TO_CLAIM)
            case DepositWithdrawn(receiver=self._account) if ClaimMade in course.times:
                self._reach(course, event, Leg.CLAIM_TO_WITHDRAWAL)
            case DepositWithdrawn() if request.fill is None and _is_refunded(request):
                self._end(course, Ending.EXPIRED)

    def forget(self, request_id: RequestId) -> None:
        """Nothing more will happen to a request."""
        self._courses.pop(request_id, None)

    def __len__(self) -> int:
        """How many requests are remembered."""
        return len(self._courses)

    def _begin(self, course: _Course) -> None:
        if not course.is_seen:
            course.is_seen = True
            self._tallies.count_seen()

    def _end(self, course: _Course, ending: Ending) -> None:
        if not course.counted & set(Ending):
            self._tallies.count_ending(ending)
        course.counted.add(ending)

    def _reach(self, course: _Course, event: RequestEvent, leg: Leg | None = None) -> None:
        """Remember when an event was, and count the leg that it ends."""
        times = self.times(event.chain_id)
        time = times.time_of(event.block_number)
        if time is None:
            return
        course.times[type(event)] = time
        began = None if leg is None else course.times.get(_BEFORE[leg])
        if leg is None or began is None or leg in course.counted:
            return
        course.counted.add(leg)
        number = times.number_at(began)
        blocks = None if number is None else max(0.0, event.block_number - number)
        # Two chains' clocks may differ: what seems to be before is at the same time.
        self._tallies.count_leg(leg, max(0.0, time - began), blocks)


def _is_refunded(request: Request) -> bool:
    return request.withdrawal is not None and request.withdrawal.claim_id is None
