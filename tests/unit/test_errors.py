"""The tree of errors: what `errors.py` draws is what there is."""

import inspect
import re

import pytest

from beamer_agent import errors
from beamer_agent.errors import (
    BeamerAgentError,
    CallRevertedError,
    ConfigurationError,
    FatalError,
    InvariantError,
    RecoverableError,
    RpcHttpError,
    RpcResponseError,
    SupersededError,
)

pytestmark = pytest.mark.unit

CLASSES = [
    value
    for value in vars(errors).values()
    if inspect.isclass(value) and issubclass(value, BaseException)
]


def drawn() -> dict[str, str]:
    """Each error of the drawing with the one it hangs on."""
    parents, path = {}, ["BeamerAgentError"]
    for line in (errors.__doc__ or "").splitlines():
        match = re.match(r"    ((?:\| |  )*)[+-] (\w+)", line)
        if match:
            depth = len(match[1]) // 2
            path[depth + 1 :] = [match[2]]
            parents[match[2]] = path[depth]
    return parents


def test_the_drawing_is_the_tree() -> None:
    """Complete, and each error where it hangs."""
    real = {c.__name__: c.__mro__[1].__name__ for c in CLASSES if c is not BeamerAgentError}
    assert drawn() == real


def test_every_error_is_either_recoverable_or_fatal() -> None:
    """Whoever catches asks nothing else; only who has been replaced is told neither."""
    for class_ in set(CLASSES) - {BeamerAgentError, SupersededError}:
        assert issubclass(class_, RecoverableError) != issubclass(class_, FatalError)


def test_every_error_says_what_it_means() -> None:
    """In its docstring."""
    assert all(class_.__doc__ for class_ in CLASSES)


def test_errors_carry_what_their_readers_need() -> None:
    """Status, code, data, reason, faults."""
    assert RpcHttpError(413).status == 413
    assert str(RpcHttpError(413)) == "HTTP status 413"
    refusal = RpcResponseError(-32000, "nonce too low", "0x")
    assert (refusal.code, refusal.message, refusal.data) == (-32000, "nonce too low", "0x")
    assert str(refusal) == "nonce too low (code -32000)"
    revert = CallRevertedError(3, "execution reverted", "Already filled", "0x12")
    assert (revert.code, revert.reason, revert.data) == (3, "Already filled", "0x12")
    faults = ConfigurationError(["one", "two"])
    assert faults.faults == ("one", "two")
    assert str(faults) == "one\ntwo"
    assert str(InvariantError("a sentence")) == "a sentence"
