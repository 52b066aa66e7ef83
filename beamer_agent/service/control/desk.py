"""ControlDesk: carries commands out, and says in sentences what came of it; for one thread.

Whatever changes something is logged with who wanted it; the line's time says when.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.faults import nearest
from beamer_agent.logging import LEVELS, get_level, set_level
from beamer_agent.orders import SERVICE, Order, Restart, RestartKind
from beamer_agent.planning.report import DirectionReports
from beamer_agent.service.control.drain import waits_for
from beamer_agent.service.control.overview import describe_status
from beamer_agent.service.control.peers import Peer
from beamer_agent.service.control.risk import Works, describe_risk
from beamer_agent.service.control.spans import span
from beamer_agent.service.control.words import Answer, Command, Verb, done, refused
from beamer_agent.service.status import Status
from beamer_agent.switches import Change, Switches

COMMAND: Final = "command"
"""As the reason of a restart."""


@dataclass(frozen=True, slots=True)
class Places:
    """The words of the configuration that commands may use."""

    directions: tuple[str, ...]
    parts: tuple[str, ...]
    """What can be restarted."""


@dataclass(frozen=True, slots=True)
class DeskSources:
    """Where the agent's figures come from. All of them answer at once, in any thread."""

    status: Callable[[], Status]
    reports: Callable[[], DirectionReports]
    works: Callable[[], Works]


class ControlDesk:
    """What `beamer-agent ctl` can have done.

    Args:
        order: takes what the agent's own thread has to do.
    """

    def __init__(
        self,
        places: Places,
        switches: Switches,
        sources: DeskSources,
        order: Callable[[Order], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._places = places
        self._switches = switches
        self._sources = sources
        self._order = order
        self._clock = clock
        self._logger = logger

    def obey(self, command: Command, peer: Peer) -> Answer:
        """Carry a command out."""
        return _HANDLERS[command.verb](self, command, str(peer))

    def _status(self, _command: Command, _by: str) -> Answer:
        status, reading = self._sources.status(), self._switches.look()
        waits = () if reading.draining is None else self._waits_for()
        return done(
            *describe_status(status, reading, waits, self._clock.now()),
            f"log level: {get_level()}",
        )

    def _risk(self, _command: Command, _by: str) -> Answer:
        reports, works = self._sources.reports(), self._sources.works()
        return done(*describe_risk(reports, works, self._clock.now()))

    def _pause(self, command: Command, by: str) -> Answer:
        direction = command.subject or ""
        if direction not in self._places.directions:
            return self._no_direction(direction)
        before = self._switches.pause(direction, self._change(by))
        if before is not None:
            return done(f"{direction} was paused already, {self._by_whom(before)}.")
        self._logger.info("Direction paused", direction=direction, by=by)
        return done(
            f"{direction} is paused: nothing new is filled or challenged; what is open goes on."
        )

    def _resume(self, command: Command, by: str) -> Answer:
        if command.subject is None:
            return self._stop_draining(by)
        direction = command.subject
        if direction not in self._places.directions:
            return self._no_direction(direction)
        if self._switches.resume(direction) is None:
            return refused(f"{direction} is not paused.{self._hint_at_drain()}")
        self._logger.info("Direction resumed", direction=direction, by=by)
        return done(f"{direction} is not paused any more.{self._hint_at_drain()}")

    def _drain(self, _command: Command, by: str) -> Answer:
        before = self._switches.drain(self._change(by))
        if before is None:
            self._logger.info("Drain begun", by=by)
            first = "Nothing new is begun from now on; the agent ends when nothing is open."
        else:
            first = f"It drains already, {self._by_whom(before)}."
        return done(first, *(f"waits for {clause}" for clause in self._waits_for()))

    def _stop_draining(self, by: str) -> Answer:
        if self._switches.look().has_drained:
            return refused("It is too late: nothing was open any more, and the agent ends.")
        if self._switches.stop_draining() is None:
            return refused("It does not drain; to resume a direction, name it.")
        self._logger.info("Drain ended", by=by)
        paused = ", ".join(sorted(self._switches.look().paused))
        left = f" {paused} is paused still." if paused else ""
        return done(f"It does not drain any more: requests are filled again.{left}")

    def _restart(self, command: Command, by: str) -> Answer:
        part = command.subject or ""
        if part not in self._places.parts:
            return self._unknown("part", part, self._places.parts)
        kind = RestartKind.HARD if command.is_hard else RestartKind.GENTLE
        self._logger.info("Restart ordered", part=part, kind=kind.value, by=by)
        self._order(Restart(part, kind, COMMAND, by))
        what = "the whole service" if part == SERVICE else part
        return done(f"A {kind.value} restart of {what} is on its way; `status` shows its end.")

    def _log_level(self, command: Command, by: str) -> Answer:
        level = (command.subject or "").lower()
        if level not in LEVELS:
            return self._unknown("level", level, LEVELS)
        before = get_level()
        # The line is to be seen with either level: with the one that shows more.
        louder = min(level, before, key=LEVELS.index)
        set_level(louder)
        # Not `level`: that is the line's own.
        self._logger.info("Log level changed", now=level, previous=before, by=by)
        set_level(level)
        return done(f"The log level is {level} now; it was {before}.")

    def _change(self, by: str) -> Change:
        return Change(by, self._clock.now())

    def _by_whom(self, change: Change) -> str:
        return f"by {change.by}, {span(self._clock.now() - change.at)} ago"

    def _waits_for(self) -> tuple[str, ...]:
        return waits_for(self._sources.reports(), self._sources.works())

    def _hint_at_drain(self) -> str:
        is_draining = self._switches.look().draining is not None
        return " But the agent drains; `resume` without a direction ends that." * is_draining

    def _no_direction(self, name: str) -> Answer:
        return self._unknown("direction", name, self._places.directions)

    def _unknown(self, kind: str, name: str, known: tuple[str, ...]) -> Answer:
        names = ", ".join(known)
        if not name:
            return refused(f"Name a {kind}: {names}.")
        hint = nearest(name, known) or f"; there are {names}."
        # A shell takes the > of an unquoted name away, and what follows with it.
        quotes = " Write it in quotes." if name.endswith("-") else ""
        return refused(f'There is no {kind} "{name}"{hint}{quotes}')


_HANDLERS: Final[Mapping[Verb, Callable[[ControlDesk, Command, str], Answer]]] = {
    Verb.STATUS: ControlDesk._status,
    Verb.RISK: ControlDesk._risk,
    Verb.PAUSE: ControlDesk._pause,
    Verb.RESUME: ControlDesk._resume,
    Verb.DRAIN: ControlDesk._drain,
    Verb.RESTART: ControlDesk._restart,
    Verb.LOG_LEVEL: ControlDesk._log_level,
}
