"""Who is at the other end of a Unix socket, as the kernel says: nobody can pretend."""

import os
import pwd
import socket
import struct
from dataclasses import dataclass
from typing import Final

_CREDENTIALS: Final = struct.Struct("3i")
"""`struct ucred`: pid, uid, gid; see unix(7)."""
_ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class Peer:
    """A process, and the user for whom it runs."""

    pid: int
    uid: int
    name: str
    """The user's; the number where there is no name, as in a container."""

    def __str__(self) -> str:
        return f"{self.name} (uid {self.uid}, pid {self.pid})"

    @property
    def may_command(self) -> bool:
        """Whether it runs for our own user, or for root."""
        return self.uid in (os.geteuid(), _ROOT)


def peer_of(connection: socket.socket) -> Peer:
    """Who has connected.

    Raises:
        OSError: the kernel does not say.
    """
    told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    pid, uid, _ = _CREDENTIALS.unpack(told)
    return Peer(pid, uid, _name(uid))


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
