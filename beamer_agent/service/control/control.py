r"""Control: everything behind the control socket, in a thread of its own.

ctl --socket--> ControlServer --command--> ControlDesk --turns--> Switches --halt--> directions
                                                     \--Restart, Stop--> the agent's own thread
                                      Drain --Stop---/
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.config import Config
from beamer_agent.config.directions import direction_key
from beamer_agent.errors import FatalError
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.orders import SERVICE, Order
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.service.control.desk import ControlDesk, DeskSources, Places
from beamer_agent.service.control.drain import Drain
from beamer_agent.service.control.peers import Peer
from beamer_agent.service.control.server import ControlServer
from beamer_agent.service.control.words import Answer, Command
from beamer_agent.service.keeper import Keeper
from beamer_agent.switches import Switches

TURN_SECONDS: Final = 0.2
"""The longest wait for a client; a stop waits no longer for this thread."""


class Control:
    """`start` and `stop` in the agent's own thread.

    Args:
        order: takes what the agent's own thread has to do.
        on_fatal: told what ends the agent.
    """

    def __init__(
        self,
        config: Config,
        switches: Switches,
        sources: DeskSources,
        order: Callable[[Order], None],
        on_fatal: Callable[[FatalError], None],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._path = config.control_socket
        self._logger = logger
        self._redactor = Redactor(secrets_of(config))
        self._desk = ControlDesk(places_of(config), switches, sources, order, clock, logger)
        self._drain = Drain(
            switches, sources.reports, sources.works, quiet_seconds(config), order, clock, logger
        )
        self._keeper = Keeper("ControlKeeper", on_fatal, clock, logger)
        self._keeper.add("Control", self._turn)
        self._server: ControlServer | None = None

    def start(self) -> None:
        """Listen from now on, where the configuration names a socket.

        Raises:
            ConfigurationError: there cannot be one.
        """
        if self._path is not None:
            self._server = ControlServer(self._path, self._obey, self._logger)
            self._keeper.start()

    def stop(self) -> None:
        """Send everybody away and remove the socket."""
        if self._server is not None:
            self._keeper.stop()
            self._server.close()
            self._server = None

    def _turn(self) -> float:
        """Serve who is there, and look whether a drain is over."""
        if self._server is not None:
            self._server.serve(TURN_SECONDS)
            self._drain.look()
        return 0.0

    def _obey(self, command: Command, peer: Peer) -> Answer:
        """Without credentials, and one line for one: reasons repeat what endpoints have said."""
        answer = self._desk.obey(command, peer)
        lines = (self._redactor.text(line.replace("\n", " ")) for line in answer.lines)
        return replace(answer, lines=tuple(lines))


def places_of(config: Config) -> Places:
    """The names that commands may use."""
    directions = tuple(direction_key(*names) for names in config.served_directions())
    base = (BASE_CHAIN,) if config.base_chain is not None else ()
    return Places(directions, (*config.chains, *base, *directions, SERVICE))


def quiet_seconds(config: Config) -> float:
    """For how long nothing must be open: two looks at the slowest chain, and a report after."""
    return 2 * max(chain.poll_period for chain in config.chains.values()) + 2
