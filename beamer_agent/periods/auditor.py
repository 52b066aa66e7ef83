r"""PeriodAuditor: at the end of each period, compares what a direction knows with the contracts.

    period over --ask--> processor: Remainder --> ContractReader --> compare
        no difference ----------------------------------------------> until the next period
        differences --a while later, once more--> the same ones? ---> logged, counted, hard restart
                                             \--> others, or none --> until the next period

Twice, since an endpoint may be late with its logs, and may answer about a newer block than was
asked for. What counts is what both readings show, word for word, the second remainder knowing all
that the first reading could have told of.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError
from beamer_agent.orders import PERIOD, Restart, RestartKind
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.periods.facts import Difference, compare, known_facts
from beamer_agent.periods.reader import ContractReader, Reading
from beamer_agent.periods.remainder import Remainder

CONFIRM_SECONDS: Final = 60.0
"""Until differences are looked at once more: monitors read the last blocks again within 30 s."""
RETRY_SECONDS: Final = 5.0
"""After a remainder that could not be compared."""
MOST_TOLD: Final = 50
"""So many differences have a line in the log."""


class AuditOutcome(StrEnum):
    """What became of an audit."""

    AGREED = "agreed"
    DIFFERED = "differed"
    UNANSWERED = "unanswered"
    """A chain could not be asked; it will be tried again."""


AuditCounter = Callable[[AuditOutcome, int], None]
"""Counts an audit and its differences. Never waits."""


@dataclass(frozen=True, slots=True)
class _Suspicion:
    """What the first of two readings has shown."""

    reading: Reading
    differences: frozenset[Difference]

    def is_covered(self, remainder: Remainder) -> bool:
        """Whether the remainder knows everything that the reading could have told of."""
        return (
            remainder.source.events_until >= self.reading.source_until
            and remainder.target.events_until >= self.reading.target_until
        )


class PeriodAuditor:
    """Audits one direction. `step` runs in a thread of its own and may block.

    Args:
        name: the direction's, as orders name it.
        desk: where copies of what is known come from; wakes this thread.
        reader: asks the contracts.
        order: takes the order to build the direction anew; must not wait.
        count: told of each audit.
        on_over: called at the end of each period.
        period: seconds.
    """

    def __init__(
        self,
        name: str,
        desk: RemainderDesk,
        reader: ContractReader,
        *,
        order: Callable[[Restart], None],
        count: AuditCounter,
        on_over: Callable[[], None] = lambda: None,
        period: float,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._name = name
        self._desk = desk
        self._reader = reader
        self._order = order
        self._count = count
        self._on_over = on_over
        self._period = period
        self._clock = clock
        self._logger = logger
        self._due_at = clock.monotonic() + period
        self._suspicion: _Suspicion | None = None

    def step(self) -> float | None:
        """Compare what was left at the desk; the seconds until a copy is wanted.

        None: one is awaited.
        """
        remainder = self._desk.take()
        if remainder is not None:
            self._due_at = self._clock.monotonic() + self._audit(remainder)
        wait = self._due_at - self._clock.monotonic()
        if wait > 0:
            return wait
        self._desk.ask()
        return None

    def _audit(self, remainder: Remainder) -> float:
        """Compare; the seconds until the next time."""
        suspicion = self._suspicion
        if not remainder.is_comparable:
            return RETRY_SECONDS
        if suspicion is not None and not suspicion.is_covered(remainder):
            return RETRY_SECONDS
        try:
            reading = self._reader.read(remainder)
        except RpcError as error:
            self._logger.warning("Cannot compare with the contracts", error=str(error))
            self._count(AuditOutcome.UNANSWERED, 0)
            return CONFIRM_SECONDS
        if reading is None:
            return RETRY_SECONDS
        found = compare(known_facts(remainder), reading.facts)
        if suspicion is None and found:
            self._suspicion = _Suspicion(reading, found)
            return CONFIRM_SECONDS
        self._suspicion = None
        self._conclude(found & suspicion.differences if suspicion else found, remainder, reading)
        self._on_over()
        return self._period

    def _conclude(
        self, differences: Collection[Difference], remainder: Remainder, reading: Reading
    ) -> None:
        claims = sum(len(request.claims) for request in remainder.requests)
        self._logger.info(
            "Period is over",
            requests=len(remainder.requests),
            claims=claims,
            differences=len(differences),
        )
        self._count(
            AuditOutcome.DIFFERED if differences else AuditOutcome.AGREED, len(differences)
        )
        if not differences:
            return
        ordered = sorted(differences, key=lambda d: (d.subject.request_id, d.subject.field))
        for difference in ordered[:MOST_TOLD]:
            self._tell(difference, reading)
        reason = f"differences from what the contracts say: {len(differences)}"
        self._order(Restart(self._name, RestartKind.HARD, reason, PERIOD))

    def _tell(self, difference: Difference, reading: Reading) -> None:
        subject = difference.subject
        claim = {} if subject.claim_id is None else {"claim_id": subject.claim_id}
        self._logger.error(
            "Contracts say otherwise",
            request_id=subject.request_id,
            **claim,
            field=subject.field,
            known=difference.known,
            told=difference.told,
            source_block=reading.source_until,
            target_block=reading.target_until,
        )
