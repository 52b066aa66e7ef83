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
        tell: whether it was heard, each time that it was asked for.
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

    def step(self) -> float:
        """Ask, unless something is wrong; the seconds until the next time.

        Raises:
            RecoverableError: it was not heard.
        """
        if self._is_well():
            try:
                beat(self._url)
            except RecoverableError:
                self._tell(False)
                raise
            self._tell(True)
        return self._period


def beat(url: SecretStr) -> None:
    """Ask for the URL once.

    Raises:
        RecoverableError: it was not heard; the sentence does not hold the URL.
    """
    fault = _fault(url.get_secret_value())
    # Outside of the handler: what urllib3 raised, which names the URL, must not come along.
    if fault is not None:
        raise RecoverableError(f"the heartbeat was not heard: {fault}")


def _fault(url: str) -> str | None:
    with urllib3.PoolManager(timeout=TIMEOUT, retries=False) as pool:
        try:
            response = pool.request("GET", url, preload_content=False)
        except urllib3.exceptions.HTTPError as error:
            return type(error).__name__
        response.close()  # whatever else it has to say
    return None if 200 <= response.status < 300 else f"HTTP status {response.status}"
