"""The HTTP server of an agent: health, readiness, metrics and status, for whoever asks."""

import errno
import ipaddress
import socket
import threading
from typing import Final

from prometheus_client import CollectorRegistry
from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import ConfigurationError
from beamer_agent.logging import Redactor
from beamer_agent.service.http.pages import Look, pages

STOP_SECONDS: Final = 0.2
"""The longest that `stop` waits for the thread (invariant I6)."""


class HttpServer:
    """Answers in threads of its own; nothing that hangs elsewhere holds it up.

    Args:
        registry: of the metrics.
        look: tells the status now; at once, in any thread.
        host: the address that it listens on.
        port: 0 takes a free one; see `port`.
        redactor: cuts credentials out of the words of others.

    Raises:
        ConfigurationError: address or port cannot be had.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        look: Look,
        host: str,
        port: int,
        redactor: Redactor,
        logger: FilteringBoundLogger,
    ) -> None:
        # Only here: an agent without a server need not wait for it to load.
        from beamer_agent.service.http.connections import Doorkeeper  # noqa: PLC0415

        listening = _listening(host, port)
        self._host = host
        self._port: int = listening.getsockname()[1]
        self._logger = logger
        self._doorkeeper = Doorkeeper(pages(registry, look, redactor), listening)
        self._thread = threading.Thread(
            target=self._doorkeeper.run, name="HttpServer", daemon=True
        )

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return self._port

    def start(self) -> None:
        """Answer from now on; once."""
        if not ipaddress.ip_address(self._host).is_loopback:
            sentence = "whoever reaches this address can read metrics and status"
            self._logger.warning(
                "Listening to the network", host=self._host, port=self._port, error=sentence
            )
        self._thread.start()

    def stop(self) -> None:
        """Stop answering and give the port back."""
        if self._thread.is_alive():
            self._doorkeeper.ask_to_end()
            self._thread.join(STOP_SECONDS)
        else:
            self._doorkeeper.close_everything()


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        is_foreign = error.errno == errno.EADDRNOTAVAIL
        what = f"host: address {host}" if is_foreign else f"prometheus-port: port {port}"
        fault = f"metrics.{what} cannot be used: {error.strerror}"
        raise ConfigurationError([fault]) from None
    return listening
