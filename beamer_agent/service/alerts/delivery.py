"""Delivery: messages through apprise, to one URL.

apprise takes about a second to load, which is why it is loaded where the first message, or the
first look at a URL, needs it.
"""

import logging
from collections.abc import Sequence
from typing import Any, Final

from pydantic import SecretStr

from beamer_agent.errors import ConfigurationError, RecoverableError
from beamer_agent.service.alerts.message import AlertMessage

NO_SERVICE: Final = "is no URL that apprise knows: see appriseit.com/services"


class AppriseDelivery:
    """Sends to one URL, in the thread of whoever calls.

    Raises:
        ValueError: apprise knows no such URL; its sentence does not hold the URL.
    """

    def __init__(self, url: SecretStr) -> None:
        _keep_to_ourselves()
        import apprise  # noqa: PLC0415 - see above

        asset = apprise.AppriseAsset(
            app_id="beamer-agent",
            storage_mode="memory",
            pgp_autogen=False,  # it would write keys to the disk
            pem_autogen=False,
            # 0: no threads of its own, which the process would have to wait for at its end.
            service_timeout=0,
        )
        service = apprise.Apprise.instantiate(url.get_secret_value(), asset=asset)
        if service is None:
            raise ValueError(NO_SERVICE)
        self._apprise = apprise.Apprise(service, asset=asset)

    def send(self, message: AlertMessage) -> None:
        """Send a message; its parts are waited for a few seconds each.

        Raises:
            RecoverableError: it was not taken, with apprise's words.
        """
        result = self._apprise.notify(
            body=message.body, title=message.title, notify_type=message.tone.value
        )
        if not result:
            raise RecoverableError(_reason(result))


def open_all(urls: Sequence[SecretStr]) -> list[AppriseDelivery]:
    """A delivery for each URL of a configuration; sends nothing.

    Raises:
        ConfigurationError: with all that apprise does not know.
    """
    deliveries, faults = [], []
    for position, url in enumerate(urls):
        try:
            deliveries.append(AppriseDelivery(url))
        except ValueError as error:
            faults.append(f"alerts.urls.{position}: {error}")
    # Outside of the handler: what apprise raised must not come along.
    if faults:
        raise ConfigurationError(faults)
    return deliveries


def _keep_to_ourselves() -> None:
    """What apprise logs may hold tokens in any form; its results have the reasons."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())


def _reason(result: Any) -> str:
    return "; ".join(entry.message for entry in result.logs()) or "it was not taken"
