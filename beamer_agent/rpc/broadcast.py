"""A signed transaction goes to every endpoint: one that takes it is enough.

any endpoint takes it                       -> taken, at once
each refused it, or never got it            -> the best endpoint's refusal
one may have it, and did not say so in time -> not known: an error of the transport
"""

from collections.abc import Sequence
from queue import Empty
from typing import Any

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcResponseError, RpcTimeoutError
from beamer_agent.rpc.crowd import Question, answer_of, ask_apart
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.refusals import is_held, is_untaken


def broadcast(endpoints: Sequence[Endpoint], send: Question, seconds: float, clock: Clock) -> Any:
    """The result of the first endpoint that takes the transaction; else the refusal.

    Args:
        endpoints: the best one first.
        send: hands the transaction to one endpoint, once.
        seconds: to wait for answers; threads without one end by themselves.
        clock: by which they are counted.

    Raises:
        RpcError: none is known to have taken it, and not all are known not to have.
    """
    errors: dict[str, RpcError] = {}
    if len(endpoints) == 1:
        result = _result(answer_of(endpoints[0], send).results)
        return _verdict([result]) if isinstance(result, RpcError) else result
    deadline = clock.monotonic() + seconds
    answers = ask_apart(endpoints, send)
    while len(errors) < len(endpoints):
        try:
            answer = answers.get(timeout=max(0.0, deadline - clock.monotonic()))
        except Empty:
            break
        result = _result(answer.results)
        if not isinstance(result, RpcError):
            return result
        errors[answer.endpoint.name] = result
    late = RpcTimeoutError("no answer in time")
    return _verdict([errors.get(endpoint.name, late) for endpoint in endpoints])


def _result(results: list[Any] | RpcError) -> Any:
    return results if isinstance(results, RpcError) else results[0]


def _verdict(errors: Sequence[RpcError]) -> RpcResponseError:
    """The refusal that counts; `errors` are those of the endpoints, the best one first."""
    refusals = [error for error in errors if isinstance(error, RpcResponseError)]
    held = [refusal for refusal in refusals if is_held(refusal)]
    if held:
        return held[0]  # who has it already says more than who would not take it
    unclear = [error for error in errors if not is_untaken(error)]
    if unclear and isinstance(unclear[0], RpcResponseError):
        raise RpcTimeoutError("the endpoint did not learn in time whether it was taken")
    if unclear:
        raise unclear[0]
    if refusals:
        return refusals[0]
    raise errors[0]
