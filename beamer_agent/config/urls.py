"""URLs of endpoints: one or several as an operator writes them in, secret texts out.

A URL may hold a password or an API key: no sentence repeats any of it.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr

from beamer_agent.faults import Location, SeveralFaultsError

_PUSH_SCHEMES: Final = ("ws", "wss")
_ALL_SCHEMES: Final = ("http", "https", *_PUSH_SCHEMES)
_KINDS: Final = "must be an http://, https://, ws:// or wss:// URL with a host"
_PUSH_KINDS: Final = "must be a ws:// or wss:// URL with a host"
_WANTED: Final = "must be a URL or a list of URLs"


def is_push(url: SecretStr) -> bool:
    """Whether an endpoint at this URL tells of new heads by itself, and serves nothing else."""
    return urlsplit(url.get_secret_value()).scheme in _PUSH_SCHEMES


def secret_urls(
    value: object, fits: Callable[[str], bool], sentence: str
) -> tuple[SecretStr, ...]:
    """A text or a list of texts as URLs, each once.

    Args:
        value: what an operator has written.
        fits: whether a text is such a URL.
        sentence: says of one that does not fit what it must be.

    Raises:
        SeveralFaultsError: with all faults.
    """
    is_list = isinstance(value, list | tuple)
    texts = [_text(entry) for entry in (value if isinstance(value, list | tuple) else [value])]
    faults: list[tuple[Location, str]] = [
        ((position,) if is_list else (), fault)
        for position, fault in _faults(texts, fits, sentence)
    ]
    if faults:
        raise SeveralFaultsError(faults)
    return tuple(SecretStr(text) for text in texts if text is not None)


def is_url(url: str, schemes: Collection[str]) -> bool:
    """Whether a text is a URL with one of these schemes and a host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return usable and url.isascii() and url.isprintable() and " " not in url


def _endpoints(value: object) -> tuple[SecretStr, ...]:
    urls = secret_urls(value, lambda url: is_url(url, _ALL_SCHEMES), _KINDS)
    if all(map(is_push, urls)):
        raise ValueError("needs an http:// or https:// URL")
    return urls


def _push_endpoints(value: object) -> tuple[SecretStr, ...]:
    return secret_urls(value, lambda url: is_url(url, _PUSH_SCHEMES), _PUSH_KINDS)


def _text(entry: object) -> str | None:
    if isinstance(entry, SecretStr):
        return entry.get_secret_value()
    return entry if isinstance(entry, str) else None


def _faults(
    texts: list[str | None], fits: Callable[[str], bool], sentence: str
) -> Iterator[tuple[int, str]]:
    for position, text in enumerate(texts):
        if text is None:
            yield position, _WANTED
        elif not fits(text):
            yield position, sentence
        elif (first := texts.index(text)) != position:
            # Twice the same endpoint would count as two that agree; twice the same channel, noise.
            yield position, f"is the same URL as the one at position {first}"


Urls = Annotated[tuple[SecretStr, ...], BeforeValidator(_endpoints)]
"""One or more URLs, at least one of them http; secret because they often carry credentials."""

PushUrls = Annotated[tuple[SecretStr, ...], BeforeValidator(_push_endpoints)]
"""URLs of endpoints that only tell of new heads."""
