"""One endpoint of a chain: requests in, results or RpcErrors out."""

import itertools
from collections.abc import Sequence
from typing import Any

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcPayloadError
from beamer_agent.rpc.envelope import (
    Request,
    batch_body,
    parsed,
    refusal_of,
    request_body,
    result_of,
    results_of,
)
from beamer_agent.rpc.transport import Transport


class Endpoint:
    """Asks one URL; safe for many threads. Nothing is repeated.

    Args:
        name: chain and position in its configuration, `l2a/1`; never a host, which may be a key.
        transport: carries the bodies.
    """

    def __init__(
        self, name: str, transport: Transport, clock: Clock, logger: FilteringBoundLogger
    ) -> None:
        self.name = name
        self._transport = transport
        self._clock = clock
        self._logger = logger
        self._ids = itertools.count(1)

    def ask(self, requests: Sequence[Request]) -> list[Any]:
        """The results of calls in one HTTP request; see `Asks.ask`."""
        if not requests:
            return []
        if len(requests) == 1:
            return [self._ask_one(requests[0])]
        ids = [next(self._ids) for _ in requests]
        responses = parsed(self._transport.post(batch_body(ids, requests)))
        if not isinstance(responses, list):
            raise refusal_of(responses) or RpcPayloadError(
                "a batch was answered with a single response"
            )
        return results_of(responses, ids)

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()

    def _ask_one(self, request: Request) -> Any:
        request_id = next(self._ids)
        return result_of(
            parsed(self._transport.post(request_body(request_id, request))), request_id
        )
