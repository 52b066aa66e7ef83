"""JSON-RPC on paper: requests in, one body out; one body in, results out. Speaks to nobody."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from beamer_agent.errors import RpcError, RpcPayloadError, RpcResponseError

Request = tuple[str, Sequence[Any]]
"""A JSON-RPC method and its parameters."""

LONGEST_MESSAGE: Final = 300
"""Characters of an error that are kept: it is logged each time, and matched against phrases."""
NO_ID: Final = None
"""Under which endpoints refuse what they have not read."""


class Asks(Protocol):
    """What questions to a chain go to: one endpoint, or several that stand for each other."""

    def ask(self, requests: Sequence[Request]) -> list[Any]:
        """The results in order; an RpcError in place of one that failed.

        Raises:
            RpcError: there is no answer at all.
        """

    def close(self) -> None:
        """Give the connections back."""


def request_body(request_id: int, request: Request) -> bytes:
    """The body of one call."""
    return json.dumps(_call(request_id, request)).encode()


def batch_body(ids: Sequence[int], requests: Sequence[Request]) -> bytes:
    """The body of many calls."""
    return json.dumps([_call(i, r) for i, r in zip(ids, requests, strict=True)]).encode()


def parsed(payload: bytes) -> Any:
    """What a body holds.

    Raises:
        RpcPayloadError: it is not JSON.
    """
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):  # the latter: brackets nested without end
        raise RpcPayloadError("the body is not JSON") from None


def result_of(response: Any, request_id: int) -> Any:
    """The result of one call; an RpcResponseError when the endpoint refused it.

    Raises:
        RpcPayloadError: the response is not that of this call.
    """
    refusal = refusal_of(response)
    if refusal is not None and response.get("id", NO_ID) is NO_ID:
        return refusal
    if not isinstance(response, dict) or response.get("id") != request_id:
        raise RpcPayloadError("the response does not belong to the request")
    if refusal is not None:
        return refusal
    if "result" not in response:
        raise RpcPayloadError("the response has neither result nor error")
    return response["result"]


def results_of(responses: Sequence[Any], ids: Sequence[int]) -> list[Any]:
    """The results of many calls in the order of their ids; an RpcError where one has none."""
    by_id = {
        entry["id"]: entry
        for entry in responses
        if isinstance(entry, dict) and isinstance(entry.get("id"), int)
    }
    return [_result_or_error(by_id.get(i), i) for i in ids]


def refusal_of(response: Any) -> RpcResponseError | None:
    """The error object in a response; None when there is none."""
    error = response.get("error") if isinstance(response, dict) else None
    if error is None:
        return None
    if not isinstance(error, dict):
        return RpcResponseError(0, _words(error))
    return RpcResponseError(_code(error), _words(error.get("message", "")), error.get("data"))


def _words(told: Any) -> str:
    if not isinstance(told, str):
        return "an error without words"
    # Halves of surrogate pairs, which JSON can hold, cannot be written to any log.
    return told[:LONGEST_MESSAGE].encode(errors="replace").decode()


def _call(request_id: int, request: Request) -> dict[str, Any]:
    method, params = request
    return {"jsonrpc": "2.0", "id": request_id, "method": method, "params": list(params)}


def _code(error: Mapping[str, Any]) -> int:
    code = error.get("code", 0)
    return code if isinstance(code, int) else 0


def _result_or_error(response: Any, request_id: int) -> Any:
    try:
        return result_of(response, request_id)
    except RpcError as error:
        return error
