"""The folder of one running world: nobody else's files are touched, and ours do not stay."""

import contextlib
import fcntl
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from beamer_agent.errors import ConfigurationError

LOCK = "devnet.lock"
_OURS = ("agent.toml", "agent.keystore.json", "agent.password", "*.deployment.json", "*.new", LOCK)


class WorldFolder:
    """A context manager: the folder is ours inside, and as empty as before after.

    A folder that a killed devnet left behind is taken over; one that holds anything else is not.

    Args:
        path: is made when it does not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock: IO[str] | None = None
        self._created = False

    def __enter__(self) -> Self:
        """Take the folder.

        Raises:
            ConfigurationError: it is in use, holds something else, or cannot be written.
        """
        try:
            self._take()
        except OSError as error:
            raise ConfigurationError(
                [f"{error.filename or self.path} cannot be written: {error.strerror}."]
            ) from None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove our files, and the folder if we made it and nobody added to it."""
        self._remove_files()
        if self._lock is not None:
            self._lock.close()
        if self._created:
            with contextlib.suppress(OSError):
                self.path.rmdir()

    def _take(self) -> None:
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self._created = True
        elif not self.path.is_dir():
            raise ConfigurationError([f"{self.path} is a file; a devnet needs a folder."])
        elif not (self.path / LOCK).exists() and any(self.path.iterdir()):
            raise ConfigurationError(
                [f"{self.path} holds other things; name a new or empty folder with --folder."]
            )
        self._lock = (self.path / LOCK).open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise ConfigurationError(
                [f"A devnet is running in {self.path}; stop it, or name another --folder."]
            ) from None
        self._remove_files(but=LOCK)

    def _remove_files(self, but: str = "") -> None:
        for pattern in _OURS:
            for path in self.path.glob(pattern):
                if path.name != but:
                    path.unlink(missing_ok=True)
