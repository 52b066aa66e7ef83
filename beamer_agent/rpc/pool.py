"""All endpoints of a chain as one: the best one serves, the next one when it cannot."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import (
    ConfigurationError,
    InvariantError,
    RpcPausedError,
    RpcWrongChainError,
)
from beamer_agent.rpc.broadcast import broadcast
from beamer_agent.rpc.crowd import Answer, Patience, Question, answer_of, gather
from beamer_agent.rpc.endpoint import CALL_SECONDS, Endpoint
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.exchange import SEND_TRANSACTION
from beamer_agent.rpc.health import EndpointHealth
from beamer_agent.rpc.identity import Identity
from beamer_agent.rpc.kinship import Kinship, tell_identity
from beamer_agent.rpc.turn import Turn

ATTEMPT_SECONDS: Final = 4.0
"""For one endpoint while there is another to ask."""
GRACE_SECONDS: Final = 1.0
"""For the others, once as many as the quorum have answered."""
MOST_ROUNDS: Final = 3
"""In which all endpoints fail in a way that may pass; callers would begin anew instead."""
PAUSE_SECONDS: Final = (0.05, 0.2)
"""Between rounds, at least and at most."""


class EndpointPool:
    """One or more endpoints of a chain; safe for many threads.

    All results of one `ask` come from one endpoint, so that they fit together. Each endpoint tells
    which chain it serves before it is used, and again after it could not be reached. With one
    endpoint there are neither threads nor further requests.

    Args:
        name: of the chain, for the log.
        endpoints: in the order of the configuration.
        quorum: how many must agree on what money depends on; for those who call `ask_each`.
        pause: waits some milliseconds before a question is asked once more.
    """

    def __init__(
        self,
        name: str,
        endpoints: Sequence[Endpoint],
        quorum: int,
        clock: Clock,
        logger: FilteringBoundLogger,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause = pause
        self.name = name
        self.endpoints = tuple(endpoints)
        self.quorum = quorum
        self._clock = clock
        self._logger = logger.bind(chain=name)
        self._kinship = Kinship(name, clock, self._logger)
        self._lock = threading.Lock()  # protects _failing: each change is reported once
        self._failing: set[str] = set()
        self._is_cut = False
        """Written by one thread; endpoints know it for themselves."""

    def ask(self, requests: Sequence[Request]) -> list[Any]:
        """The results of the best endpoint that has them; see `Asks.ask`.

        Transactions, which are never sent together with questions, go to all: see `broadcast`.

        Raises:
            RpcPausedError: no endpoint wants to be asked now.
            RpcError: no endpoint answers.
        """
        if not requests:
            return []
        deadline = self._clock.monotonic() + CALL_SECONDS
        self._know_chain()
        sent = sum(method == SEND_TRANSACTION for method, _ in requests)
        if not sent:
            return self._ask_in_rounds(requests, deadline)
        if sent < len(requests):
            raise InvariantError("A transaction was to be sent together with questions.")
        seconds = deadline - self._clock.monotonic()
        send = self._question(requests, seconds)
        return broadcast(self._ranked(), send, sent, seconds, self._clock)

    def ask_each(self, requests: Sequence[Request]) -> list[Answer]:
        """What every endpoint answers, asked at the same time; in the order of the configuration.

        Takes `ATTEMPT_SECONDS` at most, and `GRACE_SECONDS` from when `quorum` of them have
        answered; who was not in time, or may not be asked, has an RpcError for an answer.

        Raises:
            RpcError: no endpoint may be asked.
        """
        self._know_chain()
        self._ranked()
        return self._gather(self._question(requests, self._attempt_seconds))

    def identify(self) -> Identity:
        """Which chain the endpoints serve; those that tell another one later are not used.

        Raises:
            ConfigurationError: they serve different chains.
            RpcError: none tells.
        """
        seconds = self._attempt_seconds
        return self._kinship.agree(self._gather(lambda e: tell_identity(e, seconds)))

    def distrust(self, endpoint_name: str, reason: str) -> None:
        """An endpoint said what is not true: for ten minutes all others are asked before it."""
        now = self._clock.monotonic()
        endpoint = next(e for e in self.endpoints if e.name == endpoint_name)
        before = endpoint.observe(lambda health: health.distrusted(now, reason))
        if before.reason != reason or not before.is_distrusted(now):
            self._logger.warning("Endpoint is distrusted", endpoint=endpoint_name, reason=reason)

    def look_at(self, endpoint: Endpoint, requests: Sequence[Request]) -> None:
        """Ask one endpoint only to learn how it does.

        Raises:
            RpcError: no answer, or it may not be asked.
        """
        self._know_chain()
        self._question(requests, self._attempt_seconds)(endpoint)

    def health(self) -> tuple[EndpointHealth, ...]:
        """How each endpoint does."""
        return tuple(endpoint.report() for endpoint in self.endpoints)

    def close(self) -> None:
        """Give the connections back for good: no call of any thread leaves any more."""
        self._is_cut = True
        for endpoint in self.endpoints:
            endpoint.close()

    def cut(self) -> None:
        """Have all calls fail at once, those under way among them, until `reopen`."""
        self._is_cut = True
        for endpoint in self.endpoints:
            endpoint.cut()

    def reopen(self) -> None:
        """Ask again, over new connections."""
        self._is_cut = False
        for endpoint in self.endpoints:
            endpoint.reopen()

    @property
    def _attempt_seconds(self) -> float:
        return CALL_SECONDS if len(self.endpoints) == 1 else ATTEMPT_SECONDS

    def _know_chain(self) -> None:
        if self._kinship.identity is not None:
            return
        try:
            self.identify()
        except ConfigurationError as error:
            # For whoever connects to the chain to tell; one wrong answer ends nobody else.
            raise RpcWrongChainError(str(error)) from None

    def _ranked(self) -> list[Endpoint]:
        """Whoever may be asked, the best one first."""
        now = self._clock.monotonic()
        usable = [e for e in self.endpoints if e.health.may_be_asked(now)]
        if usable:
            return sorted(usable, key=lambda endpoint: endpoint.rank(now))
        healths = [endpoint.health for endpoint in self.endpoints]
        pauses = [health.paused_until - now for health in healths if health.is_paused(now)]
        if pauses:
            words = "every endpoint wants to be left alone for a while"
            raise RpcPausedError(words, min(pauses))
        raise RpcWrongChainError("no endpoint serves the chain that was there before")

    def _ask_in_rounds(self, requests: Sequence[Request], deadline: float) -> list[Any]:
        """Ask until an answer comes, or it is clear that none will come soon."""
        for _ in range(MOST_ROUNDS - 1):
            turn = self._ask_in_turn(requests, deadline)
            pause = random.uniform(*PAUSE_SECONDS)  # noqa: S311 - spreads load, keeps no secret
            is_late = self._clock.monotonic() + pause >= deadline
            if not turn.may_pass() or is_late or self._is_cut:
                return turn.value()
            self._pause(pause)
        return self._ask_in_turn(requests, deadline).value()

    def _ask_in_turn(self, requests: Sequence[Request], deadline: float) -> Turn:
        """Ask the best endpoint, and the next one if it has not every answer."""
        turn = Turn()
        endpoints = self._ranked()
        for endpoint in endpoints:
            seconds = deadline - self._clock.monotonic()
            if seconds <= 0:
                break
            if endpoint is not endpoints[-1]:
                seconds = min(seconds, ATTEMPT_SECONDS)
            turn = turn.after(answer_of(endpoint, self._question(requests, seconds)))
            if turn.is_complete():
                break
        return turn

    def _gather(self, question: Question) -> list[Answer]:
        patience = Patience(self._attempt_seconds, self.quorum, GRACE_SECONDS)
        return gather(self.endpoints, question, patience, self._clock)

    def _question(self, requests: Sequence[Request], seconds: float) -> Question:
        """The requests as a question to one endpoint, with the time there is for each step."""

        def ask(endpoint: Endpoint) -> list[Any]:
            if self._clock.monotonic() < endpoint.health.foreign_until:
                raise RpcWrongChainError("the endpoint serves another chain than before")
            try:
                return self._kinship.ask(endpoint, requests, seconds)
            finally:
                self._report_change(endpoint)

        return ask

    def _report_change(self, endpoint: Endpoint) -> None:
        if len(self.endpoints) == 1:
            return  # the chain's monitor tells of it
        with self._lock:
            is_failing = endpoint.health.is_failing
            if is_failing == (endpoint.name in self._failing):
                return
            self._failing ^= {endpoint.name}
        if is_failing:
            self._logger.warning("Endpoint fails", endpoint=endpoint.name)
        else:
            self._logger.info("Endpoint works again", endpoint=endpoint.name)
