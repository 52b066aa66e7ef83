r"""Witness: asks several endpoints about what a direction is about to spend money on.

    rules --attests--> what is known so far              on_change --> rules look again
                \--> wakes the thread --> every endpoint is asked --> votes are counted --^

No single endpoint, whatever it invents or leaves out, makes the agent pay (invariant I2), or
challenge an honest claim (invariant I4), unless it is the only one that answers.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import cycle
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.testimony import Testimony
from beamer_agent.clock import Clock
from beamer_agent.contracts.interface import Contract
from beamer_agent.events.inquiry import Absence, AbsenceInquiry, FillInquiry, RequestInquiry
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.events.panel import Panel
from beamer_agent.types import BlockNumber, ChainId, FillId, RequestId
from beamer_agent.witness.docket import Docket

FILL_QUORUM: Final = 1
"""Endpoints that must have a fill, unless others contradict them. Nothing is paid out on it: at
stake is a claim's deposit, and a claim that waits for one more endpoint may come too late."""
ABSENCE_QUORUM: Final = 1
"""Endpoints that must lack a fill, unless others contradict them. One that is down must not keep
us from answering a false claim."""
FRESH_POLLS: Final = 2
"""Poll periods for which a fill, or its absence, counts as looked at just now."""
FRESH_SECONDS: Final = 2.0
"""The same for an absence, where polls are shorter: it is asked for as long as a claim waits to be
answered, and about hundreds of claims at once."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A chain that is asked.

    `contract`: the RequestManager of the source chain, the FillManager of the target chain.
    """

    chain_id: ChainId
    panel: Panel
    contract: Contract


class Witness:
    """What endpoints say about a direction's events.

    `step` runs in a thread of its own and may block; what begins with `attests`, and `forget`,
    never waits and is for any thread.

    Args:
        poll_period: seconds between two looks at what is not upheld.
        wake: is set when there is something to look at.
        on_change: called from the witness's thread when something became known.
    """

    def __init__(
        self,
        source: Bench,
        target: Bench,
        *,
        poll_period: float,
        wake: threading.Event,
        on_change: Callable[[], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._on_change = on_change
        self._requests = Docket[RequestCreated](
            source.panel,
            RequestInquiry(source.chain_id, source.contract),
            quorum=source.panel.quorum,
            patience_seconds=poll_period,
            fresh_seconds=None,
            wake=wake,
            clock=clock,
            logger=logger,
        )
        self._fills = Docket[RequestFilled](
            target.panel,
            FillInquiry(target.chain_id, target.contract),
            quorum=FILL_QUORUM,
            patience_seconds=poll_period,
            fresh_seconds=FRESH_POLLS * poll_period,
            wake=wake,
            clock=clock,
            logger=logger,
        )
        self._absences = Docket[Absence](
            target.panel,
            AbsenceInquiry(target.contract),
            quorum=ABSENCE_QUORUM,
            patience_seconds=poll_period,
            fresh_seconds=max(FRESH_POLLS * poll_period, FRESH_SECONDS),
            wake=wake,
            clock=clock,
            logger=logger,
        )
        self._target_id = target.chain_id
        self._dockets = (self._requests, self._fills, self._absences)
        self._turns: Iterator[Docket[Any]] = cycle(self._dockets)

    def attests(self, created: RequestCreated, depth: int) -> Testimony:
        """Whether a quorum has the request's log, in the same block, with `depth` blocks on it."""
        return self._requests.testimony(created, depth)

    def attests_fill(self, fill: RequestFilled, depth: int) -> Testimony:
        """Whether this fill, of this filler, stands, looked at just now, under `depth` blocks."""
        return self._fills.testimony(fill, depth)

    def attests_absence(
        self, request_id: RequestId, fill_id: FillId, block_number: BlockNumber
    ) -> Testimony:
        """Whether this is not the fill that stands, looked at just now, by who is at the block."""
        absence = Absence(self._target_id, request_id, fill_id, block_number)
        return self._absences.testimony(absence, 0)

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """These requests are settled: nobody will ask about them, their fills or claims again."""
        for docket in self._dockets:
            docket.forget(request_ids)

    def step(self) -> float | None:
        """Look at one of the dockets; the seconds until the next look.

        One at a time: where both chains hang, a step lasts no longer than one deadline.
        """
        if next(self._turns).look():
            self._on_change()
        pauses = [docket.seconds_until_due() for docket in self._dockets]
        return min((pause for pause in pauses if pause is not None), default=None)
