r"""ControlServer: the agent's end of the control socket, for one thread.

    connection --SO_PEERCRED--> our own user, or root ---> lines in, answers out
                            \-> anybody else: refused, and told in the log

Nobody is waited for: who sends half a line, or does not read, holds up nobody else.
"""

import selectors
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.service.control.client import Client
from beamer_agent.service.control.peers import Peer, peer_of
from beamer_agent.service.control.socket_file import SocketFile
from beamer_agent.service.control.words import Answer, Command, read_command, refused

MOST_CLIENTS: Final = 16
"""When one more comes, the one that has been silent for longest is sent away."""

Obey = Callable[[Command, Peer], Answer]
"""Carries a command out; at once."""


class ControlServer:
    """Listens at a path from the start.

    Raises:
        ConfigurationError: there cannot be a socket.
    """

    def __init__(
        self,
        path: Path,
        obey: Obey,
        logger: FilteringBoundLogger,
        identify: Callable[[socket.socket], Peer] = peer_of,
    ) -> None:
        self._obey = obey
        self._logger = logger
        self._identify = identify
        self._file = SocketFile(path)
        self._clients: list[Client] = []
        """Who was heard of last is last."""
        self._is_deaf = False
        """Whether nobody new could be let in just now; at once, it would fail again."""

    def serve(self, seconds: float) -> None:
        """Wait at most so long for anybody, then do what there is to do."""
        # Of all selectors the one that works in a process that can open no file any more.
        with selectors.PollSelector() as selector:
            if not self._is_deaf:
                selector.register(self._file.listening, selectors.EVENT_READ)
            self._is_deaf = False
            for client in self._clients:
                wanted = selectors.EVENT_WRITE if client.has_outgoing else selectors.EVENT_READ
                selector.register(client.connection, wanted, client)
            for key, _ in selector.select(seconds):
                if isinstance(key.data, Client):
                    self._turn(key.data)
                else:
                    self._accept()

    def close(self) -> None:
        """Send everybody away and remove the file; not while `serve` is at it."""
        for client in tuple(self._clients):
            self._send_away(client)
        self._file.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._file.listening.accept()
        except OSError:  # it has gone again, or the process has no file left to open
            self._is_deaf = True
            return
        connection.setblocking(False)
        try:
            peer = self._identify(connection)
        except OSError:
            connection.close()
            return
        if len(self._clients) >= MOST_CLIENTS:
            self._send_away(self._clients[0])
        client = Client(connection, peer, lambda line: self._answer(line, peer).line())
        self._clients.append(client)
        if not peer.may_command:
            self._logger.warning("Control refused", by=str(peer))
            if not client.refuse(f"{peer} may not command this agent"):
                self._send_away(client)

    def _turn(self, client: Client) -> None:
        if client not in self._clients:
            return  # sent away in this very round
        self._clients.remove(client)
        self._clients.append(client)
        if not client.turn():
            self._send_away(client)

    def _send_away(self, client: Client) -> None:
        self._clients.remove(client)
        client.connection.close()

    def _answer(self, line: bytes, peer: Peer) -> Answer:
        try:
            command = read_command(line)
        except ValueError as error:
            return refused(str(error))
        return self._obey(command, peer)
