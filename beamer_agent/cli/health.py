"""`beamer-agent health`: asks a running agent how it does; sentences and an exit code out."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from typing import Any, Final

import click
import urllib3
from pydantic import ConfigDict, Field
from urllib3.exceptions import HTTPError
from urllib3.util import Url, parse_url

from beamer_agent.cli.help import GroupedCommand, GroupedOption
from beamer_agent.cli.options import config_option, given_options
from beamer_agent.cli.startup import sentences_for_errors
from beamer_agent.config.loader import load_as
from beamer_agent.config.model import MetricsConfig
from beamer_agent.config.table import Table
from beamer_agent.errors import ConfigurationError
from beamer_agent.logging import Redactor
from beamer_agent.service.http.paths import HEALTH, READINESS

EXIT_UNWELL: Final = 1
EXIT_NO_ANSWER: Final = 2
SECONDS: Final = 5.0
"""For everything; an agent that is well needs a hundredth of it."""
MOST_BYTES: Final = 1_000_000
_OWN_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked, not listened to


class _Server(Table):
    """What of the configuration says where to ask; whoever asks need not have the rest."""

    model_config = ConfigDict(extra="ignore")

    metrics: MetricsConfig = Field(default_factory=MetricsConfig)


class NoAnswerError(click.ClickException):
    """Nobody answered, or somebody who is no agent."""

    exit_code = EXIT_NO_ANSWER


@click.command(cls=GroupedCommand)
@config_option
@click.option("--url", cls=GroupedOption, metavar="URL", help="ask there, not as configured")
@click.option(
    "--ready",
    "path",
    flag_value=READINESS,
    default=READINESS,
    cls=GroupedOption,
    help="can every direction act? (default)",
)
@click.option(
    "--live", "path", flag_value=HEALTH, cls=GroupedOption, help="does its supervisor turn?"
)
@click.pass_context
def health(ctx: click.Context, /, url: str | None, path: str, **_options: object) -> None:
    """Ask a running agent how it does.

    Exit code 0: it is well, 1: it is not, 2: no answer within 5 seconds, or bad configuration.
    """
    with sentences_for_errors():
        root = _configured(ctx) if url is None else _root(url)
    is_well, sentences = _ask(root, path)
    redactor = Redactor()  # whoever answers may be anybody
    for sentence in sentences:
        click.echo(redactor.text(sentence))
    if not is_well:
        raise SystemExit(EXIT_UNWELL)


def _root(url: str) -> Url:
    try:
        root = parse_url(url.rstrip("/"))
    except HTTPError:
        root = Url()
    if root.scheme not in ("http", "https") or not root.host:
        raise ConfigurationError(["--url: must be an http:// or https:// URL"])
    return root


def _configured(ctx: click.Context) -> Url:
    settings = load_as(_Server, *given_options(ctx)).metrics
    if not settings.prometheus_port:
        what = "is missing" if settings.prometheus_port is None else "0 may be any port"
        raise ConfigurationError([f"metrics.prometheus-port: {what}; set it, or give --url"])
    host = _OWN_ADDRESS.get(settings.host, settings.host)
    return Url("http", host=f"[{host}]" if ":" in host else host, port=settings.prometheus_port)


Verdict = tuple[bool, Sequence[str]]
"""Whether the agent is well, and sentences about it."""


def _ask(root: Url, path: str) -> Verdict:
    answers: SimpleQueue[bytes | HTTPError] = SimpleQueue()
    # In a thread: timeouts of sockets are for each piece of an answer, and names have none.
    threading.Thread(target=lambda: answers.put(_answer(root, path)), daemon=True).start()
    place = Url(root.scheme, host=root.host, port=root.port).url  # without a password
    try:
        answer = answers.get(timeout=SECONDS)
    except Empty:
        raise NoAnswerError(f"{place} does not answer within {SECONDS:g} s") from None
    if isinstance(answer, HTTPError):
        cause = answer.__cause__
        reason = cause.strerror if isinstance(cause, OSError) else type(answer).__name__
        raise NoAnswerError(f"{place} does not answer: {reason}")
    try:
        return _READERS[path](json.loads(answer))
    except (ValueError, LookupError, TypeError, RecursionError):
        raise NoAnswerError(f"{place} does not answer as an agent does") from None


def _answer(root: Url, path: str) -> bytes | HTTPError:
    try:
        with urllib3.PoolManager(timeout=SECONDS) as pool:
            response = pool.request(
                "GET", root.url + path, retries=False, redirect=False, preload_content=False
            )
            return response.read(MOST_BYTES)
    except HTTPError as error:
        return error


def _readiness(content: Mapping[str, Any]) -> Verdict:
    sentences = [f"{direction} is ready." for direction in content["ready"]]
    for each in content["hindrances"]:
        sentences.append(f"{each['part']} is not ready ({each['state']}): {each['reason']}.")
    return bool(content["is_ready"]), sentences


def _health(content: Mapping[str, Any]) -> Verdict:
    seconds, state = content["supervisor_turned_seconds_ago"], content["service"]["state"]
    when = "has never turned" if seconds is None else f"turned {seconds:.1f} s ago"
    word = "lives" if content["is_alive"] else "hangs"
    return bool(content["is_alive"]), [f"The agent {word} ({state}): its supervisor {when}."]


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], Verdict]]] = {
    READINESS: _readiness,
    HEALTH: _health,
}
