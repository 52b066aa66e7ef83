"""Fronts: those who tell the world how the agent is, beside its parts and under no supervision."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry

from beamer_agent.chain import Surroundings
from beamer_agent.errors import FatalError
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.service.alerts.alerts import Alerts
from beamer_agent.service.board import StatusBoard
from beamer_agent.service.http.server import HttpServer


class Fronts:
    """HTTP and alerts; each has threads of its own. `start` and `stop` once.

    Args:
        registry: all metrics.
        board: how the agent is.
        on_fatal: told when one of them cannot go on.
    """

    def __init__(
        self,
        around: Surroundings,
        registry: CollectorRegistry,
        board: StatusBoard,
        on_fatal: Callable[[FatalError], None],
    ) -> None:
        self._around = around
        self._registry = registry
        self._board = board
        self._http: HttpServer | None = None
        self._alerts = Alerts(
            around.config.alerts,
            registry,
            around.account.address,
            board.look,
            around.clock,
            around.logger,
            on_fatal,
        )
        board.sources.alerts = self._alerts.firing

    def start(self) -> None:
        """Begin to tell.

        Raises:
            ConfigurationError: a port is not to be had, or alerts cannot go where they should.
        """
        self._http = self._http_server()
        if self._http is not None:
            self._http.start()
        self._alerts.start()

    def stop(self) -> None:
        """Tell nothing any more."""
        self._alerts.stop()
        if self._http is not None:
            self._http.stop()

    def _http_server(self) -> HttpServer | None:
        settings = self._around.config.metrics
        if settings.prometheus_port is None:
            return None
        return HttpServer(
            self._registry,
            self._board.look,
            settings.host,
            settings.prometheus_port,
            Redactor(secrets_of(self._around.config)),
            self._around.logger,
        )
