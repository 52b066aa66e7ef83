"""Heartbeat: a URL is asked for while all is well; whoever owns it misses it when it is not."""

from collections.abc import Callable
from typing import Final

import urllib3
from pydantic import SecretStr

from beamer_agent.errors import RecoverableError

TIMEOUT: Final = urllib3.Timeout(connect=5.0, read=10.0)


class Heartbeat:
    """Asks for the URL. For one thread.

    Args:
        is_well: whether all is well; must not wait.
        tell: how it went, each time that it was asked.
    """

    def __init__(
        self,
        url: SecretStr,
        period: float,
        is_well: Callable[[], bool],
        tell: Callable[[bool], None],
    ) -> None:
        self._url = url
        self._period = period
        self._is_well = is_well
        self._tell = tell
        self._pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)

    def step(self) -> float:
        """Ask, unless something is wrong; the seconds until the next time.

        Raises:
            RecoverableError: it was not heard.
        """
        if not self._is_well():
            return self._period
        fault = self.beat()
        self._tell(fault is None)
        if fault is not None:
            raise RecoverableError(f"the heartbeat was not heard: {fault}")
        return self._period

    def beat(self) -> str | None:
        """Ask once; why it was not heard, None: it was."""
        try:
            response = self._pool.request(
                "GET", self._url.get_secret_value(), preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:  # whose text may hold the URL
            return type(error).__name__
        response.close()  # whatever else it has to say
        return None if 200 <= response.status < 300 else f"HTTP status {response.status}"
