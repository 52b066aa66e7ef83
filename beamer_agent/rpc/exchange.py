"""Requests to one URL and results back, in as few HTTP requests as the endpoint takes."""

import itertools
from collections.abc import Iterable, Sequence
from math import inf
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import (
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
    RpcTooLongError,
)
from beamer_agent.rpc.envelope import (
    Request,
    batch_body,
    parsed,
    refusal_of,
    request_body,
    result_of,
    results_of,
)
from beamer_agent.rpc.refusals import is_batch_refusal, is_held, is_rate_limit
from beamer_agent.rpc.shapes import CheckLog, any_log, checked
from beamer_agent.rpc.transport import Transport

PAYLOAD_TOO_LARGE: Final = 413
TOO_MANY_REQUESTS: Final = 429
SEND_TRANSACTION: Final = "eth_sendRawTransaction"
LOGS: Final = "eth_getLogs"
PLAIN_BYTES: Final = 2**20
"""Of an answer to a question that is not for logs: more than a block with its transactions' hashes
or a contract's code."""
LOGS_BYTES: Final = 2**23
"""Of logs: more than any block's, about four times what ranges are made for."""
LIMIT_SECONDS: Final = 300.0
"""For so long batches are kept as short as an endpoint wanted them; it may have been a whim."""


class Exchange:
    """Speaks JSON-RPC over a transport; safe for many threads.

    A batch that is refused goes out again in parts, for nothing in it changes the chain, or would
    change it twice: who has a signed transaction already says so. Transactions are never sent
    together with questions.
    """

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        logger: FilteringBoundLogger,
        check_log: CheckLog = any_log,
    ) -> None:
        self._check_log = check_log
        self._transport = transport
        self._clock = clock
        self._logger = logger
        self._ids = itertools.count(1)
        # The two are written together by whoever learns first; what an unlucky reader of one old
        # and one new value sends is a batch too long, which is refused once more.
        self._limit = inf
        self._limit_until = -inf

    def carry(self, requests: Sequence[Request], deadline: float) -> list[Any]:
        """The results in order; an RpcError in place of one that failed.

        Raises:
            RpcError: all failed without an answer.
        """
        parts = self._parts(requests)
        if len(parts) == 1:
            results = self._part(parts[0], deadline)
        else:
            results = self._one_by_one(parts, deadline)
        failures = [result for result in results if _is_transport_error(result)]
        if len(failures) == len(results):
            raise failures[0]
        return [
            checked(request, result, self._check_log)
            for request, result in zip(requests, results, strict=True)
        ]

    def _parts(self, requests: Sequence[Request]) -> list[Sequence[Request]]:
        size = self._limit if self._clock.monotonic() < self._limit_until else inf
        step = int(min(size, len(requests)))
        return [requests[first : first + step] for first in range(0, len(requests), step)]

    def _one_by_one(self, parts: Iterable[Sequence[Request]], deadline: float) -> list[Any]:
        results: list[Any] = []
        end: RpcError | None = None
        for part in parts:
            try:
                results += [end] * len(part) if end else self._part(part, deadline)
            except RpcError as error:
                results += [error] * len(part)
                # The others would meet the same fate, and each would wait for it.
                end = None if _is_of_the_question(error) else error
        return results

    def _part(self, requests: Sequence[Request], deadline: float) -> list[Any]:
        if len(requests) == 1:
            return [self._single(requests[0], deadline)]
        return self._batch(requests, deadline)

    def _single(self, request: Request, deadline: float) -> Any:
        request_id = next(self._ids)
        body = request_body(request_id, request)
        response = self._post(body, [request], deadline)
        return _understood(result_of(response, request_id))

    def _batch(self, requests: Sequence[Request], deadline: float) -> list[Any]:
        ids = [next(self._ids) for _ in requests]
        try:
            responses = self._post(batch_body(ids, requests), requests, deadline)
        except RpcHttpError as error:
            if error.status == PAYLOAD_TOO_LARGE:
                return self._halved(requests, deadline)
            if 400 <= error.status < 500 and error.status != TOO_MANY_REQUESTS:
                return self._singly(requests, deadline, error)
            raise
        if not isinstance(responses, list):
            return self._refused(requests, deadline, _understood(refusal_of(responses)))
        results = [_understood(result) for result in results_of(responses, ids)]
        if len(responses) < len(requests) and _refuses_batch(results, responses):
            return self._halved(requests, deadline)
        return results

    def _refused(
        self, requests: Sequence[Request], deadline: float, refusal: RpcError | None
    ) -> list[Any]:
        if isinstance(refusal, RpcPausedError):
            raise refusal
        if isinstance(refusal, RpcResponseError) and is_batch_refusal(refusal):
            return self._halved(requests, deadline)
        unread = RpcPayloadError("a batch was answered with a single response")
        return self._singly(requests, deadline, refusal or unread)

    def _singly(
        self, requests: Sequence[Request], deadline: float, refusal: RpcError
    ) -> list[Any]:
        first = self._single(requests[0], deadline)
        if isinstance(first, RpcError) and not _is_held(first):
            raise refusal  # of whatever is asked, in a batch or not
        self._learn(1)
        return [first, *self._one_by_one([[request] for request in requests[1:]], deadline)]

    def _halved(self, requests: Sequence[Request], deadline: float) -> list[Any]:
        size = (len(requests) + 1) // 2
        results = self._one_by_one([requests[:size], requests[size:]], deadline)
        if not all(isinstance(result, RpcError) for result in results):
            self._learn(size)
        return results

    def _learn(self, size: int) -> None:
        """A batch was refused whose parts were not: it was too long."""
        now = self._clock.monotonic()
        known = self._limit if now < self._limit_until else inf
        if size >= known:
            return
        self._limit, self._limit_until = size, now + LIMIT_SECONDS
        sentence = "Endpoint takes no batches" if size == 1 else "Endpoint takes short batches"
        self._logger.info(sentence, size=size)

    def _post(self, body: bytes, requests: Sequence[Request], deadline: float) -> Any:
        seconds = deadline - self._clock.monotonic()
        if seconds <= 0:
            raise RpcTimeoutError("no time was left to ask")
        payload = self._transport.post(body, seconds)
        if len(payload) > sum(map(_most_bytes, requests)):
            raise RpcTooLongError("the answer is too long")
        return parsed(payload)


def _most_bytes(request: Request) -> int:
    # As objects, a body of nothing but brackets takes 25 times as much.
    method, _ = request
    return LOGS_BYTES if method == LOGS else PLAIN_BYTES


def _understood(result: Any) -> Any:
    if isinstance(result, RpcResponseError) and is_rate_limit(result):
        return RpcPausedError("the endpoint asked to slow down")
    return result


def _refuses_batch(results: Sequence[Any], responses: Sequence[Any]) -> bool:
    refusals = [refusal_of(response) for response in responses]
    is_said = any(refusal is not None and is_batch_refusal(refusal) for refusal in refusals)
    return is_said and all(isinstance(result, RpcError) for result in results)


def _is_transport_error(result: Any) -> bool:
    return isinstance(result, RpcError) and not isinstance(result, RpcResponseError)


def _is_held(error: RpcError) -> bool:
    """Whether the batch was taken all the same, or some of it."""
    return isinstance(error, RpcResponseError) and is_held(error)


def _is_of_the_question(error: RpcError) -> bool:
    if isinstance(error, RpcHttpError):
        return error.status == PAYLOAD_TOO_LARGE
    return isinstance(error, (RpcPayloadError, RpcResponseError))
