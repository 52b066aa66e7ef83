"""Alerts: `[alerts]`, who is told when something is wrong, and who when all is well.

Such URLs hold tokens and passwords: no sentence repeats any of them.
"""

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, SecretStr

from beamer_agent.config.fields import Period
from beamer_agent.config.table import Table
from beamer_agent.config.urls import is_url, secret_urls

_CHANNEL: Final = re.compile(r"[a-z][a-z0-9+.-]*://\S")
_CHANNEL_WANTED: Final = "must be a URL as apprise has them, such as discord://ID/TOKEN"
_HEARTBEAT_WANTED: Final = "must be an http:// or https:// URL with a host"


def _channels(value: object) -> tuple[SecretStr, ...]:
    return secret_urls(value, _is_channel, _CHANNEL_WANTED)


def _heartbeat(value: object) -> SecretStr | None:
    if value is None:
        return None
    urls = secret_urls(value, lambda url: is_url(url, ("http", "https")), _HEARTBEAT_WANTED)
    if len(urls) != 1:
        raise ValueError(_HEARTBEAT_WANTED)
    return urls[0]


def _is_channel(url: str) -> bool:
    # Which services there are only apprise knows, which takes long to load.
    return _CHANNEL.match(url) is not None and url.isprintable()


class AlertsConfig(Table):
    """`[alerts]`: nobody is told without it; what is wrong is in the log and the status."""

    urls: Annotated[tuple[SecretStr, ...], BeforeValidator(_channels)] = ()
    """Every one of them gets every message."""
    heartbeat_url: Annotated[SecretStr | None, BeforeValidator(_heartbeat)] = None
    """Asked for again and again while all is well, so that its owner notices when it is not."""
    heartbeat_period: Period = 60.0
