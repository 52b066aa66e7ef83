"""Signed transactions go to every endpoint: for each of them, one that takes it is enough.

any endpoint takes it                       -> taken, at once
each refused it, or never got it            -> the best endpoint's refusal
one may have it, and did not say so in time -> not known: an error of the transport
"""

from collections.abc import Sequence
from queue import Empty
from typing import Any

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcResponseError, RpcTimeoutError
from beamer_agent.rpc.crowd import Answer, Question, answer_of, ask_apart
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.refusals import is_held, is_untaken


def broadcast(
    endpoints: Sequence[Endpoint], send: Question, count: int, seconds: float, clock: Clock
) -> list[Any]:
    """For each transaction the result of the first endpoint that takes it; else an RpcError.

    An RpcResponseError is a refusal; any other: it is not known whether one has taken it.

    Args:
        endpoints: the best one first.
        send: hands the transactions, in their order, to one endpoint.
        count: how many there are.
        seconds: to wait for answers; threads without one end by themselves.
        clock: by which they are counted.

    Raises:
        RpcError: none of them is known to be taken or refused.
    """
    if len(endpoints) == 1:
        answers = [answer_of(endpoints[0], send)]
    else:
        answers = _until_taken(endpoints, send, count, clock.monotonic() + seconds, clock)
    given = {answer.endpoint.name: answer for answer in answers}
    late = RpcTimeoutError("no answer in time")
    in_order = [given.get(endpoint.name, Answer(endpoint, late)) for endpoint in endpoints]
    results = [_outcome([_result(answer, place) for answer in in_order]) for place in range(count)]
    if all(_is_unknown(result) for result in results):
        raise results[0]
    return results


def _until_taken(
    endpoints: Sequence[Endpoint], send: Question, count: int, deadline: float, clock: Clock
) -> list[Answer]:
    """The answers until every transaction is taken by somebody, or nobody else will answer."""
    queue = ask_apart(endpoints, send)
    answers: list[Answer] = []
    missing = set(range(count))
    while missing and len(answers) < len(endpoints):
        try:
            answer = queue.get(timeout=max(0.0, deadline - clock.monotonic()))
        except Empty:
            break
        answers.append(answer)
        missing = {place for place in missing if isinstance(_result(answer, place), RpcError)}
    return answers


def _result(answer: Answer, place: int) -> Any:
    results = answer.results
    return results if isinstance(results, RpcError) else results[place]


def _is_unknown(result: Any) -> bool:
    return isinstance(result, RpcError) and not isinstance(result, RpcResponseError)


def _outcome(results: Sequence[Any]) -> Any:
    """What endpoints, the best one first, say of one transaction: taken, refused or not known."""
    taken = [result for result in results if not isinstance(result, RpcError)]
    return taken[0] if taken else _verdict(results)


def _verdict(errors: Sequence[RpcError]) -> RpcError:
    """The refusal that counts, or why there is none."""
    refusals = [error for error in errors if isinstance(error, RpcResponseError)]
    held = [refusal for refusal in refusals if is_held(refusal)]
    if held:
        return held[0]  # who has it already says more than who would not take it
    unclear = [error for error in errors if not is_untaken(error)]
    if unclear and isinstance(unclear[0], RpcResponseError):
        return RpcTimeoutError("the endpoint did not learn in time whether it was taken")
    return (unclear or refusals or errors)[0]
