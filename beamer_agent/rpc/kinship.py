"""What makes endpoints one chain: they tell the same identity, and their heads are compared."""

import threading
from collections.abc import Sequence
from typing import Any

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import ConfigurationError, RpcError, RpcWrongChainError
from beamer_agent.rpc.crowd import Answer
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.heads import Heads, head_among
from beamer_agent.rpc.identity import QUESTIONS, Identity, identity_of


class Kinship:
    """Knows the chain that some endpoints serve; safe for many threads.

    Args:
        name: of the chain.
        logger: is told of endpoints that change their ways.
    """

    def __init__(self, name: str, clock: Clock, logger: FilteringBoundLogger) -> None:
        self._name = name
        self._clock = clock
        self._logger = logger
        self._lock = threading.Lock()  # protects _heads: each one is made of the one before
        self._heads = Heads()
        self.identity: Identity | None = None
        """Of the chain; None until it is known."""

    def ask(self, endpoint: Endpoint, requests: Sequence[Request], seconds: float) -> list[Any]:
        """Ask an endpoint once it has told that it serves the chain; note the head it shows.

        Raises:
            RpcWrongChainError: it serves another one.
            RpcError: no answer.
        """
        started = self._clock.monotonic()
        if not endpoint.health.is_identified:
            self._check(endpoint, seconds)
        left = started + seconds - self._clock.monotonic()
        results = endpoint.ask(requests, left)
        self._note_head(endpoint, requests, results, started)
        return results

    def agree(self, answers: Sequence[Answer]) -> Identity:
        """Learn the chain from what its endpoints told; see `EndpointPool.identify`."""
        told: list[tuple[Endpoint, Identity]] = [
            (a.endpoint, a.results[0]) for a in answers if not isinstance(a.results, RpcError)
        ]
        if not told:
            raise next(a.results for a in answers if isinstance(a.results, RpcError))
        # One with a genesis says more than one without.
        identity = next((i for _, i in told if i.genesis is not None), told[0][1])
        if not all(other.is_same(identity) for _, other in told):
            words = "; ".join(f"{endpoint.name} {other.sentence()}" for endpoint, other in told)
            raise ConfigurationError(
                [f"{self._name}: its endpoints serve different chains: {words}."]
            )
        for endpoint, _ in told:
            endpoint.observe(lambda health: health.identified())
        self.identity = identity
        return identity

    def _check(self, endpoint: Endpoint, seconds: float) -> None:
        (told,) = tell_identity(endpoint, seconds)
        if self.identity is None or told.is_same(self.identity):
            before = endpoint.observe(lambda health: health.identified())
            if before.is_foreign:
                self._logger.info("Endpoint serves its chain again", endpoint=endpoint.name)
            return
        now = self._clock.monotonic()
        before = endpoint.observe(lambda health: health.estranged(now))
        if not before.is_foreign:
            self._logger.error(
                "Endpoint serves another chain",
                endpoint=endpoint.name,
                expected=self.identity.sentence(),
                found=told.sentence(),
            )
        raise RpcWrongChainError("the endpoint serves another chain than before")

    def _note_head(
        self,
        endpoint: Endpoint,
        requests: Sequence[Request],
        results: Sequence[Any],
        started: float,
    ) -> None:
        number = head_among(requests, results)
        if number is None:
            return
        now = self._clock.monotonic()
        with self._lock:
            self._heads = heads = self._heads.noted(endpoint.name, number, now)
        # As of when it was asked: what was made while it answered is not held against it.
        lag = heads.lag(number, started)
        endpoint.observe(lambda health: health.showed_head(now, lag))


def tell_identity(endpoint: Endpoint, seconds: float) -> list[Identity]:
    """Which chain an endpoint serves; one entry, as answers have.

    Raises:
        RpcError: it does not tell.
    """
    return [identity_of(endpoint.ask(QUESTIONS, seconds))]
