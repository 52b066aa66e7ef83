"""A control server at work, in a thread of a test."""

import socket
import threading
from collections.abc import Callable
from pathlib import Path

from beamer_agent.service.control.peers import Peer, peer_of
from beamer_agent.service.control.server import ControlServer
from beamer_agent.service.control.words import Answer, Command, Verb, done
from tests.doubles import RecordingLogger

STATUS = Command(Verb.STATUS)
WAIT_SECONDS = 10.0


class Office:
    """A server at work in a thread, which answers with who has asked; a context manager."""

    def __init__(self, path: Path, identify: Callable[[socket.socket], Peer] = peer_of) -> None:
        self.path = path
        self.log = RecordingLogger()
        self.text = ""
        self._server = ControlServer(path, self._obey, self.log.logger, identify)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "Office":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join(WAIT_SECONDS)
        self._server.close()

    def connect(self) -> socket.socket:
        """As a client."""
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.settimeout(WAIT_SECONDS)
        client.connect(str(self.path))
        return client

    def _obey(self, command: Command, peer: Peer) -> Answer:
        return done(command.verb, str(peer), self.text)

    def _run(self) -> None:
        while not self._ends.is_set():
            self._server.serve(0.05)
