"""What an endpoint's error object means: an answer to the question, or "I cannot".

Endpoints share hardly any codes, so texts are matched in lower case, as many as are known. Who is
not recognised has answered: another endpoint would most likely say the same.
"""

from typing import Any, Final

from beamer_agent.errors import (
    RpcConnectionError,
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcPayloadError,
    RpcResponseError,
    RpcTooLongError,
    RpcUnreachableError,
    RpcWrongChainError,
)

_RATE_LIMITED: Final = (
    "rate limit",
    "ratelimit",
    "too many requests",
    "request count exceeded",
    "request limit",
    "compute units",
    "throughput",
    "throttle",
    "slow down",
)
_CANNOT_CODES: Final = frozenset({-32005, -32601, -32603, -32002, -32004})
"""Limit exceeded, no such method, internal error, resource unavailable, method not supported."""
_CANNOT: Final = (
    "header not found",
    "header for hash not found",
    "block not found",
    "unknown block",
    "missing trie node",
    "state is not available",
    "historical state",
    "pruned",
    "not available",
    "unavailable",
    "not supported",
    "overloaded",
    "timeout",
    "timed out",
    "deadline exceeded",
    "block range",
    "more than",
    "no response",
    "bad gateway",
)
_LATE: Final = ("timeout", "timed out", "deadline exceeded", "no response", "bad gateway")


def is_rate_limit(error: RpcResponseError) -> bool:
    """Whether the endpoint wants to be asked less often."""
    return error.code == 429 or _says(error, _RATE_LIMITED)


def is_failure(error: RpcResponseError) -> bool:
    """Whether the endpoint says that it does not work, whatever the question was."""
    return error.code == -32603 and not _says(error, ("revert",))


def is_no_answer(result: Any) -> bool:
    """Whether another endpoint may have an answer where this one has none."""
    if not isinstance(result, RpcResponseError):
        return isinstance(result, RpcError)
    if _says(result, ("revert",)):
        return False
    return result.code in _CANNOT_CODES or _says(result, _CANNOT)


def is_passing(error: RpcError) -> bool:
    """Whether the same question may well be answered a moment later.

    Not so when nobody is there or the endpoint is slow, wants to be left alone, or says too much.
    """
    if isinstance(error, RpcHttpError):
        return error.status >= 500 and error.retry_after is None
    if isinstance(error, (RpcUnreachableError, RpcTooLongError)):
        return False
    return isinstance(error, (RpcConnectionError, RpcPayloadError))


def is_untaken(error: RpcError) -> bool:
    """Whether an error is sure to mean that the endpoint has not taken a transaction."""
    if isinstance(error, RpcResponseError):
        return not _says(error, _LATE)
    if isinstance(error, RpcHttpError):
        return 400 <= error.status < 500
    return isinstance(error, (RpcPausedError, RpcUnreachableError, RpcWrongChainError))


def is_held(error: RpcResponseError) -> bool:
    """Whether the endpoint has the transaction already."""
    return _says(error, ("already known", "already imported", "known transaction"))


def is_batch_refusal(error: RpcResponseError) -> bool:
    """Whether a batch was too long, rather than one of its calls at fault."""
    return _says(error, ("batch",))


def _says(error: RpcResponseError, phrases: tuple[str, ...]) -> bool:
    text = error.message.lower()
    return any(phrase in text for phrase in phrases)
