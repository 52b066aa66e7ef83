"""Room: how many transactions of one account may be in flight on one chain."""

from collections.abc import Sequence
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.queue import is_urgent

MOST_IN_FLIGHT: Final = 512
"""Two blocks and more of bridge transactions on the chains that we know. Beyond what can be mined
soon, they only grow old in the pool: geth's holds some 5 000 of all accounts together."""
RESERVED: Final = 128
"""Of these, for what has a deadline: fills never stand in a claim's way."""


class Room:
    """Chooses what may be sent now. Used by the sender's thread only."""

    def __init__(
        self, flight: Flight, observer: SenderObserver, logger: FilteringBoundLogger
    ) -> None:
        self._flight = flight
        self._observer = observer
        self._logger = logger
        self._is_for_one = False
        self._is_told = False

    def choose(self, waiting: Sequence[Action], most: int) -> list[Action]:
        """The first of the waiting actions for which there is room, in their order.

        An action counts as one, though it may come to an approval or two as well.
        """
        in_flight = len(self._flight)
        if not in_flight:
            self._is_for_one = False
        elif self._is_for_one:
            self._hold_back(len(waiting))
            return []
        chosen: list[Action] = []
        for action in waiting[:most]:
            limit = MOST_IN_FLIGHT if is_urgent(action) else MOST_IN_FLIGHT - RESERVED
            if in_flight + len(chosen) >= limit:
                self._hold_back(len(waiting) - len(chosen))
                break
            chosen.append(action)
        return chosen

    def is_for_one(self) -> None:
        """Nodes take one transaction at a time, until it is mined: the account delegates."""
        self._is_for_one = True

    def is_enough(self) -> None:
        """Nothing waits for room any more."""
        self._is_told = False

    def _hold_back(self, waiting: int) -> None:
        self._observer.held_back()
        if not self._is_told:
            in_flight = len(self._flight)
            self._logger.info("Holding actions back", waiting=waiting, in_flight=in_flight)
        self._is_told = True
