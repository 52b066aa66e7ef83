"""Notifier: tells the service manager how we are, by the protocol of sd_notify(3).

A datagram with lines `NAME=value` to the socket that NOTIFY_SOCKET names. Packages that do this
need headers of systemd to be installed, or are as long as this and hide from us what is sent.
"""

import os
import socket
from collections.abc import Mapping
from typing import Final

from beamer_agent.service.lifecycle import RUNNING, STOPPED, STOPPING, Transition

_NOWHERE: Final = ""


class Notifier:
    """Tells of readiness, state and life. The supervisor's thread beats; any thread may change.

    Nothing here waits. What cannot be sent is not sent: whoever started us may be gone.

    Args:
        address: of the socket; empty: nobody wants to know.
        watchdog_seconds: after which time without a beat we are taken for dead; None: never.
    """

    def __init__(self, address: str = _NOWHERE, watchdog_seconds: float | None = None) -> None:
        self._address = address
        self._watchdog_seconds = watchdog_seconds
        self._last_beat = float("-inf")
        self._sentence = ""
        self._is_ready = False

    def hear(self, change: Transition) -> None:
        """The service's state has changed."""
        if change.target == RUNNING:
            self._is_ready = True
            self._send("READY=1")
        elif change.target in (STOPPING, STOPPED):
            self._send("STOPPING=1")

    def tell(self, sentence: str) -> None:
        """How we are, for people; sent when it is news."""
        if sentence != self._sentence:
            self._sentence = sentence
            self._send(f"STATUS={' '.join(sentence.split())}")

    def beat(self, now: float, pause: float) -> None:
        """We live. The watchdog watches from READY on; until then, a beat gives us more time.

        Args:
            now: in monotonic seconds.
            pause: seconds until the next one; sent are as many as half the watchdog's time asks.
        """
        if self._watchdog_seconds is None:
            return
        if now - self._last_beat + pause > self._watchdog_seconds / 2:
            self._last_beat = now
            more_time = f"EXTEND_TIMEOUT_USEC={self._watchdog_seconds * 1e6:.0f}"
            self._send("WATCHDOG=1", *(() if self._is_ready else (more_time,)))

    def _send(self, *lines: str) -> None:
        if self._address == _NOWHERE:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.setblocking(False)
                sender.sendto("\n".join(lines).encode(errors="replace"), self._address)
        except OSError:
            return


def notifier_of(environment: Mapping[str, str]) -> Notifier:
    """Whom the environment of our process names; an address of another kind is nobody's."""
    address = environment.get("NOTIFY_SOCKET", _NOWHERE)
    if address.startswith("@"):  # a name in no file system begins with a zero
        address = f"\0{address[1:]}"
    elif not address.startswith("/"):
        address = _NOWHERE
    return Notifier(address, _watchdog_seconds(environment))


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    microseconds = environment.get("WATCHDOG_USEC", "")
    is_for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(microseconds) / 1e6 if microseconds.isdecimal() and is_for_us else None
