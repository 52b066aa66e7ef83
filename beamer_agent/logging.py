"""Log lines: one format for ours and for those of libraries, no secret in any of them.

Console lines when stderr is a terminal, JSON elsewhere or when asked for. Every line, tracebacks
included, passes `Redactor` last, before it is rendered.
"""

import dataclasses
import logging
import re
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TextIO
from urllib.parse import parse_qsl, unquote, urlsplit

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from beamer_agent.config import Config
from beamer_agent.log_writer import LogWriter

QUIET_LOGGERS: Final = ("web3", "urllib3", "statemachine", "waitress")
"""Libraries that write a line per call; only their warnings are of interest."""

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
"""The one that shows most is first."""

HIDDEN: Final = "***"

_MAX_EXACT_INT: Final = 2**53  # beyond, readers of JSON lose digits
_SHORTEST_KEY: Final = 16
_SHORTEST_SECRET: Final = 8  # a shorter one would be found inside ordinary words

_URL: Final = re.compile(r"\b(https?|wss?)://(?:[^\s/?#'\"<>]*@)?([^\s/?#'\"<>@]+)([^\s'\"<>]*)")
_REQUEST_LINE: Final = re.compile(r"\b(GET|POST|HEAD|OPTIONS) /\S+")
_URLLIB3_PATH: Final = re.compile(r"\b(url: |connection broken by .*: )/\S+")

_NO_PATH: Final = ("", "/")
_DELIMITERS: Final = re.compile(r"[/:#,]")
_WORD: Final = re.compile(r"[a-z-]{0,20}")  # must stay readable elsewhere
_OWN_HOST: Final = "localhost"

# What endpoints and contracts say may hold commands for a terminal, and halves of surrogate pairs,
# which cannot be encoded.
_CONTROLS: Final = {
    code: "?"
    for code in (*range(32), *range(127, 160), *range(0xD800, 0xE000))
    if chr(code) not in "\n\t"
}


def configure_logging(
    level: str, log_format: str, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send all logging of the process to one stream, stderr unless another is given.

    Args:
        level: the least level that is shown, in lower case.
        log_format: `console`, `json`, or `auto`: console when the stream is a terminal.
        secrets: texts that must not be shown anywhere, see `secrets_of`.
        stream: where lines go.
    """
    handler = _StandardError() if stream is None else logging.StreamHandler(stream)
    stream = stream or sys.stderr
    console = log_format == "console" or (log_format == "auto" and stream.isatty())
    handler.setFormatter(_formatter(console, stream.isatty(), Redactor(secrets)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    set_level(level)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        # `filter_by_level` above asks for the level each time: it may change at run time.
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        cache_logger_on_first_use=True,
    )


def set_level(level: str) -> None:
    """Show lines from this level on, at once and in all threads; one of `LEVELS`."""
    root = logging.getLogger()
    root.setLevel(level.upper())
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(root.level, logging.WARNING))


def get_level() -> str:
    """The level from which on lines are shown."""
    return logging.getLevelName(logging.getLogger().level).lower()


@contextmanager
def written_aside() -> Iterator[None]:
    """Inside, nobody who logs to stderr waits until it is written; after, all of it is."""
    handlers = [h for h in logging.getLogger().handlers if isinstance(h, _StandardError)]
    logger = structlog.get_logger(__name__)

    def tell(count: int) -> None:
        logger.warning("Log lines dropped", count=count, error="nobody read them in time")

    with LogWriter(_write_to_stderr, tell) as writer:
        for handler in handlers:
            handler.writer = writer
        try:
            yield
        finally:
            for handler in handlers:
                handler.writer = None


def _write_to_stderr(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


class _StandardError(logging.StreamHandler[TextIO | LogWriter]):
    """Writes to whatever stands for stderr at the time: progress bars do, while they are shown."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)
        self.writer: LogWriter | None = None

    @property
    def stream(self) -> TextIO | LogWriter:  # type: ignore[override]  # read only here
        return self.writer or sys.stderr


def secrets_of(config: Config) -> frozenset[str]:
    """The password and the credential-like parts of all URLs of a configuration."""
    served = [*config.chains.values(), *([config.base_chain] if config.base_chain else [])]
    urls = [url for chain in served for url in (*chain.rpc_url, *chain.ws_urls)]
    secrets = {part for url in urls for part in _credentials(url.get_secret_value())}
    alerts = config.alerts
    for url in (*alerts.urls, *([alerts.heartbeat_url] if alerts.heartbeat_url else [])):
        secrets |= _channel_secrets(url.get_secret_value())
    if config.account.password is not None:
        secrets.add(config.account.password.get_secret_value())
    return frozenset(secrets)


class Redactor:
    """A processor that cuts credentials and control characters out of every text of a line.

    Of a URL only scheme and host are left: keys stand in paths as often as in queries. The parts
    that were known beforehand are cut wherever they stand.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        long_enough = sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len)
        words = "|".join(re.escape(secret) for secret in reversed(long_enough))
        self._words = re.compile(words) if words else None

    def __call__(self, _logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
        """The line without credentials."""
        return {key: self._cut(value) for key, value in event_dict.items()}

    def text(self, text: str) -> str:
        """A text without credentials and control characters."""
        if not text.isprintable():
            text = text.translate(_CONTROLS)
        if self._words is not None:
            text = self._words.sub(HIDDEN, text)
        if "/" not in text:
            return text
        text = _URL.sub(_shortened, text)
        text = _REQUEST_LINE.sub(rf"\1 /{HIDDEN}", text)
        return _URLLIB3_PATH.sub(rf"\1/{HIDDEN}", text)

    def _cut(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self._cut(key): self._cut(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._cut(item) for item in value]
        return value


def render_values(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """A processor: bytes become 0x hex, large ints and foreign objects text, values tables."""
    return {key: _rendered(value) for key, value in event_dict.items()}


def _rendered(value: object) -> object:
    if isinstance(value, str):
        return str(value)  # of a `StrEnum`, its value
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return int(value) if abs(value) <= _MAX_EXACT_INT else str(int(value))
    if isinstance(value, bytes | bytearray):
        return "0x" + value.hex()
    return _rendered_container(value)


def _rendered_container(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown = [field.name for field in dataclasses.fields(value) if field.repr]
        return {name: _rendered(getattr(value, name)) for name in shown}
    if isinstance(value, Mapping):
        return {str(_rendered(key)): _rendered(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_rendered(item) for item in value]
    return str(value)


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        _add_thread_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _add_thread_name(_logger: WrappedLogger, _method: str, event_dict: EventDict) -> EventDict:
    """Without the frame of the call, which takes longer to find than all the rest."""
    event_dict["thread_name"] = threading.current_thread().name
    return event_dict


def _formatter(
    console: bool, colours: bool, redactor: Redactor
) -> structlog.stdlib.ProcessorFormatter:
    renderer: Processor = (
        structlog.dev.ConsoleRenderer(
            # Tracebacks are plain text by then.
            colors=colours,
            exception_formatter=structlog.dev.plain_traceback,
        )
        if console
        else structlog.processors.JSONRenderer()
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared_processors(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            # To plain text here, so that no renderer adds the local variables of the frames.
            structlog.processors.format_exc_info,
            render_values,
            redactor,
            renderer,
        ],
    )


def _shortened(match: re.Match[str]) -> str:
    scheme, host, rest = match.groups()
    # What follows a URL in a sentence is not part of it.
    path = rest.rstrip(".,;:)]}")
    after = rest[len(path) :]
    return f"{scheme}://{host}{path if path in _NO_PATH else '/' + HIDDEN}{after}"


def _credentials(url: str) -> set[str]:
    parts = urlsplit(url)
    values = [value for _, value in parse_qsl(parts.query)]
    # Words such as `optimism` stand in paths too, and must stay readable elsewhere.
    names = (parts.username, *(parts.hostname or "").split("."), *parts.path.split("/"))
    keys = [name for name in names if _looks_like_a_key(name)]
    found = [parts.password, *values, *keys]
    return {part for text in found if text for part in (text, unquote(text))}


def _channel_secrets(url: str) -> set[str]:
    """Of a URL for apprise: each service has its tokens elsewhere, some where a host should be."""
    rest = url.partition("://")[2]
    place, _, query = rest.partition("?")
    account, _, path = place.rpartition("@")
    host = _DELIMITERS.split(path)[0]
    pieces = {piece for piece in _DELIMITERS.split(path) if not _WORD.fullmatch(piece)}
    if "." in host or host == _OWN_HOST:
        pieces.discard(host)
    values = [value for pair in query.split("&") if (value := pair.partition("=")[2])]
    found = {*pieces, *account.split(":", 1), *re.split("[:@]", account), *values}
    return {text for piece in found for text in (piece, unquote(piece))}


def _looks_like_a_key(text: str | None) -> bool:
    text = text or ""
    return len(text) >= _SHORTEST_KEY and any(c.isdigit() for c in text)
