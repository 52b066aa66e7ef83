"""ChainConnector: tries to reach a configured chain until it answers, and says how it went."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from beamer_agent.chain import Connection, Surroundings, connect
from beamer_agent.errors import ConfigurationError, RecoverableError
from beamer_agent.line import Line

MENDING_SECONDS: Final = 60.0
"""Until a chain is asked again on which something has to be changed."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The chain answered and can be worked on."""

    connection: Connection


@dataclass(frozen=True, slots=True)
class Unusable:
    """The chain answered; the operator has to change something."""

    name: str
    error: ConfigurationError


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The chain did not answer yet; it is asked again."""

    name: str
    reason: str
    """As a clause."""


Attempt = Connected | Unusable | Unreachable


class ChainConnector:
    """Connects one chain. `step` runs in a thread of its own and is done once it has returned.

    Args:
        report: told how each attempt went; must not wait.
    """

    def __init__(
        self,
        line: Line,
        around: Surroundings,
        report: Callable[[Attempt], None],
    ) -> None:
        self._line = line
        self._around = around
        self._report = report

    def step(self) -> float | None:
        """One attempt; the seconds until the next one, None when it is connected.

        Raises:
            RecoverableError: the endpoint does not answer.
        """
        try:
            connection = connect(self._line, self._around)
        except ConfigurationError as error:
            self._report(Unusable(self._line.name, error))
            return MENDING_SECONDS
        except RecoverableError as error:
            reason = str(error) or type(error).__name__
            self._report(Unreachable(self._line.name, reason))
            raise
        self._report(Connected(connection))
        return None
