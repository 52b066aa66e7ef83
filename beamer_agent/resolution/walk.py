"""Walk: the driver. Walks proofs of one direction through their stages, as far as chains say.

    source chain: known there?  ->  fill chain: sent when?  ->  L1: how far, and what is next?

Each chain is asked for itself: one that does not answer costs only what it alone could tell.
"""

from collections.abc import Callable, Sequence
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.proof import ProofProgress
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError
from beamer_agent.resolution.block_time import BlockTime
from beamer_agent.resolution.climb import Climb
from beamer_agent.resolution.ends import SourceLook, include
from beamer_agent.resolution.journey import Fare, Journey, Moment
from beamer_agent.resolution.rollup import BaseEnd, ProofDirection
from beamer_agent.resolution.route import NoRoute, RouteFinder, delivery_of
from beamer_agent.rpc.model import Block
from beamer_agent.types import ChainId, Seconds, Timestamp, Wei

MARGIN_BLOCKS: Final = 2
"""Blocks of L1 that are allowed for besides the way down: one to execute, one to be late."""
BLIND_SECONDS: Final = 12.0
"""Between two looks at the source chain while L1 does not tell when there may be news."""
NO_ROUTE_SECONDS: Final = 60.0
"""Between two looks for a route that was not there: its contracts may be set up any time."""

L1_PATIENCE: Final = 5.0
"""Seconds after the start in which an L1 that is not connected yet is waited for."""

NO_L1: Final = "L1 is not connected"
SILENT_L1: Final = "L1 does not answer"
CONFIRMED: Final = Fare(Wei(0), "nothing more to send")

_Part = tuple[str, ChainId]
"""What a chain is to the proofs: L1 may be the source or the target as well."""


class Walk:
    """The driver of one direction. For one thread."""

    def __init__(
        self, direction: ProofDirection, clock: Clock, logger: FilteringBoundLogger
    ) -> None:
        self._direction = direction
        self._finder = RouteFinder(direction)
        self._source = SourceLook(direction, clock)
        self._delivery = delivery_of(direction.source.deployment)
        self._block_time = BlockTime(clock)
        self._clock = clock
        self._began_at = clock.monotonic()
        self._logger = logger
        self._climb: Climb | None = None
        self._looked_for_route_at: float | None = None
        self._look_ahead_at = 0.0
        self._silence: str | None = NO_L1
        """Why L1 cannot be asked; None: it answers."""
        self._gap: str | None = None
        """Why there is no route over it."""
        self._silent: set[_Part] = set()

    def look(self, journeys: Sequence[Journey], base: BaseEnd | None) -> None:
        """Bring journeys up to date; chains that do not answer leave them as they were."""
        if base is not None:
            self._look_ahead(base)
        if all(journey.is_confirmed for journey in journeys):
            return
        direction = self._direction
        head = self._head(base)
        moment: Moment = head.hash if head else self._clock.monotonic() // BLIND_SECONDS
        due = [journey for journey in journeys if journey.is_due(moment)]
        if due:
            source = direction.source.deployment.chain_id
            self._ask(("source", source), lambda: self._look_at_source(due))
        new = [journey for journey in journeys if journey.included_at is None]
        if new:
            target = direction.target.deployment.chain_id
            self._ask(("target", target), lambda: include(new, direction))
        if base is not None and head is not None:
            open_ = [j for j in due if not j.is_confirmed and j.looked_at != moment]
            if not self._ask(("L1", base.chain_id), lambda: self._look_at_base(open_, base, head)):
                self._silence = SILENT_L1
                return
        for journey in due:
            journey.looked_at = moment

    def progress(self, journey: Journey) -> ProofProgress | None:
        """What is known of a proof; None while its times are not."""
        included_at, finality = journey.included_at, self._source.finality
        if included_at is None or finality is None or self._is_early():
            return None
        trouble = self._silence or self._gap or journey.trouble
        fare = _fare(journey, trouble)
        return ProofProgress(
            included_at=included_at,
            matures_at=Timestamp(included_at + finality),
            margin=Seconds(self._delivery + MARGIN_BLOCKS * self._block_time.seconds),
            is_resolvable=trouble is None,
            stage=journey.stage,
            step=None if trouble or journey.gas is None else journey.step,
            cost=fare.cost,
            arithmetic=fare.arithmetic,
            ripening=self._climb.ripening(journey) if self._climb else Seconds(0),
        )

    def _is_early(self) -> bool:
        """Whether L1 is still to be connected: without it, bids are made that it saves."""
        is_new = self._clock.monotonic() - self._began_at < L1_PATIENCE
        return self._direction.expects_l1 and self._silence == NO_L1 and is_new

    def _head(self, base: BaseEnd | None) -> Block | None:
        if base is None:
            return None
        try:
            head = base.client.head()
        except RpcError as error:
            self._hear_nothing(("L1", base.chain_id), error)
            self._silence = SILENT_L1
            return None
        self._silence = None
        return head

    def _look_at_source(self, journeys: Sequence[Journey]) -> None:
        self._source.renew()
        self._source.confirm(journeys)

    def _look_at_base(self, journeys: Sequence[Journey], base: BaseEnd, head: Block) -> None:
        self._block_time.measure(base, head)
        climb = self._climb or self._find_climb(base)
        if climb is not None and journeys:
            climb.advance(journeys, head)

    def _look_ahead(self, base: BaseEnd) -> None:
        """Find the route once before the first game: a gap is told at the start."""
        if self._looked_for_route_at is None and self._clock.monotonic() >= self._look_ahead_at:
            self._look_ahead_at = self._clock.monotonic() + NO_ROUTE_SECONDS
            self._find_climb(base)

    def _find_climb(self, base: BaseEnd) -> Climb | None:
        now = self._clock.monotonic()
        last = self._looked_for_route_at
        if last is not None and now - last < NO_ROUTE_SECONDS:
            return None
        try:
            route = self._finder.find(base)
        except RpcError as error:
            self._gap = f"the contracts on the way cannot be read: {error}"
            return None
        self._looked_for_route_at = now
        if isinstance(route, NoRoute):
            if route.reason != self._gap:
                self._logger.warning("Proofs cannot be resolved on L1", error=route.reason)
            self._gap = route.reason
            return None
        self._gap = None
        self._climb = Climb(base, route, self._direction, self._clock, self._logger)
        return self._climb

    def _ask(self, whom: _Part, look: Callable[[], None]) -> bool:
        """Whether the chain answered."""
        try:
            look()
        except RpcError as error:
            self._hear_nothing(whom, error)
            return False
        if whom in self._silent:
            self._silent.discard(whom)
            self._logger.info("Proofs are followed again", chain_id=whom[1])
        return True

    def _hear_nothing(self, whom: _Part, error: RpcError) -> None:
        if whom not in self._silent:
            self._silent.add(whom)
            self._logger.warning(
                "Proofs cannot be followed for now", chain_id=whom[1], error=str(error)
            )


def _fare(journey: Journey, trouble: str | None) -> Fare:
    if journey.is_confirmed:
        return CONFIRMED
    if trouble is not None:
        return Fare(Wei(0), trouble)
    return journey.fare
