"""Refusals: which error objects are answers, and which say "I cannot"."""

import pytest

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTimeoutError,
    RpcUnreachableError,
)
from beamer_agent.rpc.refusals import (
    is_failure,
    is_held,
    is_no_answer,
    is_rate_limit,
    is_untaken,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32005, "query returned more than 10000 results"),
        (-32602, "query exceeds max block range 100000"),
        (-32603, "Internal error"),
        (-32000, "header not found"),
        (-32000, "missing trie node 5c0e (path )"),
        (-32601, "the method eth_getLogs does not exist/is not available"),
        (-32000, "request timed out"),
    ],
)
def test_another_endpoint_may_answer_what_this_one_cannot(code: int, message: str) -> None:
    """Limits, missing state, and faults of its own."""
    assert is_no_answer(RpcResponseError(code, message))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (3, "execution reverted: Already filled"),
        (-32603, "VM Exception: revert"),
        (-32000, "execution reverted: timeout"),
        (-32000, "nonce too low"),
        (-32000, "insufficient funds for gas * price + value"),
        (-32602, "invalid argument 0"),
    ],
)
def test_what_a_contract_or_the_chain_refuses_is_an_answer(code: int, message: str) -> None:
    """Another endpoint would say the same."""
    assert not is_no_answer(RpcResponseError(code, message))
    assert not is_failure(RpcResponseError(code, message))


def test_results_are_answers_and_other_errors_are_none() -> None:
    """Also null, and a payload that belongs to nobody."""
    assert not is_no_answer(None)
    assert not is_no_answer([])
    assert is_no_answer(RpcPayloadError("wrong id"))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (-32005, "daily request count exceeded, request rate limited"),
        (429, "Your app has exceeded its capacity"),
        (-32016, "Too Many Requests"),
        (-32000, "exceeded its compute units per second"),
    ],
)
def test_wishes_to_slow_down_are_recognised(code: int, message: str) -> None:
    """Also those that come with an HTTP status of 200."""
    assert is_rate_limit(RpcResponseError(code, message))


def test_a_limit_of_size_is_no_limit_of_rate() -> None:
    """Although the code may be the same."""
    assert not is_rate_limit(RpcResponseError(-32005, "query returned more than 10000 results"))


@pytest.mark.parametrize(
    "error",
    [
        RpcUnreachableError("Connection refused"),
        RpcPausedError("later"),
        RpcHttpError(403),
        RpcHttpError(429),
        RpcResponseError(-32000, "nonce too low"),
    ],
)
def test_some_errors_are_sure_to_mean_that_nothing_was_taken(error: RpcError) -> None:
    """The endpoint never got the transaction, or said no."""
    assert is_untaken(error)


@pytest.mark.parametrize(
    "error",
    [
        RpcConnectionError("Connection reset by peer"),
        RpcTimeoutError("no answer in time"),
        RpcHttpError(502),
        RpcPayloadError("the body is not JSON"),
        RpcResponseError(-32000, "request timed out"),
    ],
)
def test_other_errors_leave_open_whether_it_was_taken(error: RpcError) -> None:
    """The answer was lost, not the transaction."""
    assert not is_untaken(error)


@pytest.mark.parametrize("message", ["already known", "transaction already imported"])
def test_who_has_a_transaction_says_so(message: str) -> None:
    """In the words of geth and anvil."""
    assert is_held(RpcResponseError(-32000, message))
    assert not is_held(RpcResponseError(-32000, "nonce too low"))
