r"""Rebuilder: carries out orders to restart parts.

gentle   threads are told to end, their calls are cut off  -->  new threads on the same state
            \--- one of them hangs, or has ended in the middle of a step --\
                                                                            v
hard     fences shut, lines closed for good, readers let go of  -->  built from nothing
"""

from collections.abc import Collection

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.crew import Crew
from beamer_agent.orders import SERVICE, Restart, RestartKind
from beamer_agent.parts.base import BasePart
from beamer_agent.parts.chain import ChainPart
from beamer_agent.parts.direction import DirectionPart
from beamer_agent.parts.parts import Parts
from beamer_agent.service.restarts import RestartBook
from beamer_agent.staff import is_broken

Part = ChainPart | DirectionPart | BasePart


class Rebuilder:
    """Restarts parts; in the agent's own thread, and never for long.

    Args:
        book: told of every restart that has happened.
    """

    def __init__(
        self,
        parts: Parts,
        crew: Crew,
        book: RestartBook,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._parts = parts
        self._crew = crew
        self._book = book
        self._clock = clock
        self._logger = logger

    def restart(self, order: Restart) -> None:
        """Carry out an order.

        Raises:
            ConfigurationError: of a start that is not over yet.
        """
        began = self._clock.monotonic()
        parts = self._named(order.part)
        if not parts:
            self._logger.warning("There is no such part", part=order.part, by=order.by)
            return
        kind = order.kind
        if kind is RestartKind.GENTLE:
            broken = self._revive(parts)
            kind = RestartKind.HARD if broken else kind
            parts = broken
        self._rebuild(parts)
        self._book.done(order, kind, self._clock.monotonic() - began)

    def _named(self, name: str) -> list[Part]:
        parts = self._parts
        everything: list[Part] = [
            *parts.chains.values(),
            parts.base,
            *parts.directions.values(),
        ]
        return [part for part in everything if name in (part.name, SERVICE)]

    def _revive(self, parts: Collection[Part]) -> list[Part]:
        """New threads on what is known; those parts that cannot be had so."""

        def cut() -> None:
            for part in parts:
                part.cut()

        names = [part.name for part in parts]
        broken = self._crew.end(*names, cut=cut, is_broken=is_broken)
        for part in parts:
            if part.name not in broken:
                part.revive()
        return [part for part in parts if part.name in broken]

    def _rebuild(self, parts: Collection[Part]) -> None:
        """From nothing; a direction lives no longer than the chains that it touches."""
        if not parts:
            return
        ending = [*parts, *self._touching(parts)]
        for part in sorted(ending, key=lambda part: not isinstance(part, DirectionPart)):
            if isinstance(part, ChainPart) and part.chain is not None:
                self._parts.base.detach(part.chain.account)
            part.close()
        self._crew.end(*(part.name for part in ending))
        for part in ending:
            # Before the first start is over, L1 has not been opened yet.
            if isinstance(part, ChainPart) or (
                part is self._parts.base and self._parts.has_started
            ):
                part.open()
        if self._parts.has_started:
            self._parts.start()

    def _touching(self, parts: Collection[Part]) -> list[DirectionPart]:
        """The directions that are to be built anew beside these parts."""
        chains = [part.name for part in parts if isinstance(part, ChainPart)]
        has_base = any(isinstance(part, BasePart) for part in parts)
        return [
            direction
            for direction in self._parts.directions.values()
            if direction not in parts
            if has_base or any(direction.touches(chain) for chain in chains)
        ]
