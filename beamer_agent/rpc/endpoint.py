"""One endpoint of a chain: requests in, results or RpcErrors out, and how it does."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcResponseError,
    RpcUnreachableError,
)
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.exchange import PAYLOAD_TOO_LARGE, TOO_MANY_REQUESTS, Exchange
from beamer_agent.rpc.heads import asks_head
from beamer_agent.rpc.health import EndpointHealth, Health, Rank, report
from beamer_agent.rpc.refusals import is_failure
from beamer_agent.rpc.shapes import CheckLog, any_log
from beamer_agent.rpc.transport import Transport

CALL_SECONDS: Final = 12.0
"""No question takes longer, whatever the endpoints do."""
HANG_SECONDS: Final = 1.0
"""Who has not answered a small question for so long is asked after all others."""
UNAVAILABLE: Final = 503


class Endpoint:
    """Asks one URL; safe for many threads. Nothing that changes the chain is repeated.

    Args:
        name: chain and position in its configuration, `l2a/1`; never a host, which may be a key.
        transport: carries the bodies.
        check_log: looks at every log; one that does not fit its event is a failure.
    """

    def __init__(
        self,
        name: str,
        transport: Transport,
        clock: Clock,
        logger: FilteringBoundLogger,
        check_log: CheckLog = any_log,
    ) -> None:
        self.name = name
        self._transport = transport
        self._clock = clock
        self._logger = logger.bind(endpoint=name)
        self._exchange = Exchange(transport, clock, self._logger, check_log)
        self._lock = threading.Lock()  # protects the next two: each is made of the one before
        self._health = Health()
        self._waiting_since: tuple[float, ...] = ()
        """When those small questions were asked that it has not answered yet."""
        self._is_cut = False
        """Written by one thread; whoever reads it too late is stopped by the transport."""

    @property
    def health(self) -> Health:
        """As of the last observation."""
        return self._health

    def report(self) -> EndpointHealth:
        """Its health in an operator's words."""
        chain = self.name.rpartition("/")[0]
        return report(chain, self.name, self._health, self._clock.monotonic())

    def ask(self, requests: Sequence[Request], seconds: float = CALL_SECONDS) -> list[Any]:
        """The results of calls, in one HTTP request if the endpoint takes it; see `Asks.ask`.

        Raises:
            RpcPausedError: it is not asked, since it wants to be left alone.
            RpcUnreachableError: it is not asked, since the line is closed.
            RpcError: no answer.
        """
        if not requests:
            return []
        if self._is_cut:
            raise RpcUnreachableError("the line is closed")
        started = self._clock.monotonic()
        health = self._health
        if health.is_paused(started):
            words = "the endpoint wants to be left alone for a while"
            raise RpcPausedError(words, health.paused_until - started)
        try:
            with self._waiting(requests, started):
                results = self._exchange.carry(requests, started + seconds)
        except RpcError as error:
            self._note_error(error)
            raise
        self._note_results(requests, results, started)
        return results

    def rank(self, now: float) -> tuple[bool, Rank]:
        """The less the better; see `Health.rank`. Who seems to hang comes last."""
        is_hanging = any(now - since >= HANG_SECONDS for since in self._waiting_since)
        return is_hanging, self._health.rank(now)

    def observe(self, change: Callable[[Health], Health]) -> Health:
        """Note what others found out about it; its health before."""
        with self._lock:
            before = self._health
            self._health = change(before)
        return before

    def close(self) -> None:
        """Give the connections back, for good: nothing is sent to it any more."""
        self._is_cut = True
        self._transport.close()

    def cut(self) -> None:
        """Have all calls fail at once, those under way among them, until `reopen`."""
        self._is_cut = True
        self._transport.cut()

    def reopen(self) -> None:
        """From now on it is asked again."""
        self._transport.reopen()
        self._is_cut = False

    @contextmanager
    def _waiting(self, requests: Sequence[Request], started: float) -> Iterator[None]:
        if not _is_small(requests):
            yield
            return
        with self._lock:
            self._waiting_since = (*self._waiting_since, started)
        try:
            yield
        finally:
            with self._lock:
                left = list(self._waiting_since)
                left.remove(started)
                self._waiting_since = tuple(left)

    def _note_results(
        self, requests: Sequence[Request], results: Sequence[Any], started: float
    ) -> None:
        trouble = [result for result in results if _is_trouble(result)]
        if trouble:
            self._note_error(trouble[0])
            return
        now = self._clock.monotonic()
        seconds = now - started if _is_small(requests) else None
        self.observe(lambda health: health.answered(now, seconds))

    def _note_error(self, error: RpcError) -> None:
        now = self._clock.monotonic()
        if _is_wish_for_less(error):
            self._note_pause(error, now)
        elif isinstance(error, RpcHttpError) and error.status == PAYLOAD_TOO_LARGE:
            self.observe(lambda health: health.answered(now, None))
        else:
            share = random.random()  # noqa: S311 - spreads load, keeps no secret
            is_cut_off = isinstance(error, RpcConnectionError)
            self.observe(lambda health: health.failed(now, share, is_cut_off=is_cut_off))

    def _note_pause(self, error: RpcError, now: float) -> None:
        retry_after = error.retry_after if isinstance(error, RpcHttpError) else None
        before = self.observe(lambda health: health.slowed(now, retry_after))
        if not before.is_paused(now):
            seconds = round(self._health.paused_until - now, 1)
            self._logger.warning("Endpoint asks to slow down", seconds=seconds)


def _is_trouble(result: Any) -> bool:
    if isinstance(result, RpcResponseError):
        return is_failure(result)
    return isinstance(result, RpcError)


def _is_wish_for_less(error: RpcError) -> bool:
    if isinstance(error, RpcHttpError):
        has_said_when = error.status == UNAVAILABLE and error.retry_after is not None
        return error.status == TOO_MANY_REQUESTS or has_said_when
    return isinstance(error, RpcPausedError)


def _is_small(requests: Sequence[Request]) -> bool:
    # A long range of logs takes its time everywhere: endpoints are compared by what all are asked.
    # Logs beside a question for the newest block are those of a few blocks.
    return asks_head(requests) or all(method != "eth_getLogs" for method, _ in requests)
